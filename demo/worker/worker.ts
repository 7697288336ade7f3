/** The worker's entry. Its base is the folder of the page, which the page says in the worker's name. */
import * as Comlink from 'comlink'
import { Lab } from './laboratory.ts'

Comlink.expose(new Lab(new URL(self.name)))
