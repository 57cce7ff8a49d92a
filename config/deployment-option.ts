/** `--deployment <name>`, as the start and the demo's reset take it. */
import { parseArgs } from 'node:util';

export type DeploymentOption =
  { readonly ok: true; readonly name: string | undefined } | { readonly ok: false; readonly says: string };

export function deploymentOption(words: readonly string[]): DeploymentOption {
  try {
    const { values } = parseArgs({ args: [...words], options: { deployment: { type: 'string' } } });
    return { ok: true, name: values.deployment };
  } catch (error) {
    const [first] = (error as Error).message.split(/\. |\n/);
    return { ok: false, says: `${first}. The only option is --deployment <name>.` };
  }
}
