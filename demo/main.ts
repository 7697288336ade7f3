/** The page's entry: wires the panels to the session, then opens device and data. */
import { lookAgainOnChange } from './look.ts'
import { curvesPanel } from './panels/curves.ts'
import { developerPanel } from './panels/developer.ts'
import { drawPanel } from './panels/draw.ts'
import { filesPanel } from './panels/files.ts'
import { galleryPanel } from './panels/gallery.ts'
import { insidePanel } from './panels/inside.ts'
import { notices } from './panels/notices.ts'
import { resultsPanel } from './panels/results.ts'
import { settingsPanel } from './panels/settings.ts'
import { stepPanel } from './panels/step.ts'
import { trainPanel } from './panels/train.ts'
import { showRecordedRun } from './recorded.ts'
import { open } from './session.ts'

notices()
trainPanel()
settingsPanel()
drawPanel()
const curves = curvesPanel()
resultsPanel()
galleryPanel()
insidePanel()
stepPanel()
filesPanel(curves)
developerPanel()
lookAgainOnChange()
showRecordedRun()
void open()

// An insecure page has none.
if (import.meta.env.PROD && 'serviceWorker' in navigator)
  void navigator.serviceWorker.register('serviceWorker.js').catch(() => undefined)
