// jest transformer: TypeScript runs as Node runs it, by stripping the types (no second compiler, no build step).
import { stripTypeScriptTypes } from 'node:module';

export default {
  process: (source, path) => ({ code: path.endsWith('.ts') ? stripTypeScriptTypes(source) : source }),
};
