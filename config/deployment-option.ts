/** `--deployment <name>` and `--mongodb <address>`, as the start and the demo's reset take them. */
import { parseArgs } from 'node:util';
import type { Environment } from './environment.ts';

export type DeploymentOption =
  | { readonly ok: true; readonly name: string | undefined; readonly mongodb: string | undefined }
  | { readonly ok: false; readonly says: string };

export function deploymentOption(words: readonly string[]): DeploymentOption {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { mongodb: { type: 'string' }, deployment: { type: 'string' } },
    });
    return { ok: true, name: values.deployment, mongodb: values.mongodb };
  } catch (error) {
    const [first = ''] = (error as Error).message.split(/\. |\n/);
    // An address that was given in the wrong place may hold a password.
    const said = first.replaceAll(/[\w+]+:\/\/[^\s']*/g, '…');
    return { ok: false, says: `${said}. The options are --mongodb <address> and --deployment <name>.` };
  }
}

/** `--mongodb <address>` says what the variable would say. */
export function withMongodb(env: Environment, address: string | undefined): Environment {
  if (address === undefined) return env;
  const { REKEY_STORAGE_MONGODB_URI_FILE: _file, ...others } = env;
  return { ...others, REKEY_STORAGE_MONGODB_URI: address };
}
