import js from '@eslint/js'
import { globalIgnores } from 'eslint/config'
import ts from 'typescript-eslint'

/** A folder of src may import only from the folders below it: ARCHITECTURE.md, "Layers of the source". */
const layers = ['cli', 'node', 'testing', 'bench', 'train', 'io', 'data', 'nn', 'ops', 'graph', 'gpu']

export default ts.config(
  globalIgnores([
    'dist',
    'dist-demo',
    'docs',
    'runs',
    'src/generated',
    'test/consumers/*/*.{js,ts}',
    '!test/consumers/support/*',
  ]),
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'scripts/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
    },
  },
  ...layers.map((folder, i) => ({
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...(i > 0
              ? [
                  {
                    group: layers.slice(0, i).map((above) => `../${above}/*`),
                    message: 'imports point down the layers only',
                  },
                ]
              : []),
            ...(i > 1
              ? [{ group: ['node:*', 'webgpu'], message: 'the library imports nothing but the platform' }]
              : []),
          ],
        },
      ],
    },
  })),
  {
    files: ['src/**/*.ts'],
    ignores: ['src/gpu/buffer.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.property.name="createBuffer"]',
          message: 'buffers are made and freed by src/gpu/buffer.ts, which counts them',
        },
      ],
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
)
