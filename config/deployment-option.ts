/**
 * Parses `--deployment <name>` or `--config <file>`, and `--mongodb <address>`, for the start and the reset of the
 * demo.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Environment } from './environment.ts';

export type DeploymentOption =
  | {
      readonly ok: true;
      readonly name: string | undefined;
      readonly config: string | undefined;
      readonly mongodb: string | undefined;
    }
  | { readonly ok: false; readonly says: string };

export function deploymentOption(words: readonly string[]): DeploymentOption {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { mongodb: { type: 'string' }, deployment: { type: 'string' }, config: { type: 'string' } },
    });
    const { deployment, config, mongodb } = values;
    if (deployment !== undefined && config !== undefined)
      return { ok: false, says: 'Give --config or --deployment, not both.' };
    return { ok: true, name: deployment, config: config === undefined ? undefined : resolve(config), mongodb };
  } catch (error) {
    const [first = ''] = (error as Error).message.split(/\. |\n/);
    // An address at the wrong place may contain a password, so it is not quoted.
    const said = first.replaceAll(/[\w+]+:\/\/[^\s']*/g, '…');
    return {
      ok: false,
      says: `${said}. The options are --config <file>, --mongodb <address> and --deployment <name>.`,
    };
  }
}

/** `--mongodb <address>` has the same effect as the variable. */
export function withMongodb(env: Environment, address: string | undefined): Environment {
  if (address === undefined) return env;
  const { REKEY_STORAGE_MONGODB_URI_FILE: _file, ...others } = env;
  return { ...others, REKEY_STORAGE_MONGODB_URI: address };
}
