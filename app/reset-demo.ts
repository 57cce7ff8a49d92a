/** Process entry of `npm run demo:reset`: finds the deployment and empties its state (`demo/reset.ts`). */
import { deploymentOption, withMongodb } from '../config/deployment-option.ts';
import { describeMistakes } from '../config/config-errors.ts';
import { resetDemo } from '../demo/reset.ts';
import { chooseDeployment, readDeployment } from './services.ts';

const read = async () => {
  const option = deploymentOption(process.argv.slice(2));
  if (!option.ok) return { refused: option.says };
  const chosen = await chooseDeployment({ name: option.name, file: option.config ?? process.env['REKEY_CONFIG'] });
  if (!chosen.ok) return { refused: chosen.says };
  const { loaded } = await readDeployment(chosen.files, withMongodb(process.env, option.mongodb));
  return loaded.ok ? resetDemo(loaded.settings) : { refused: describeMistakes(loaded.mistakes) };
};
const done = await read();
if ('refused' in done) {
  process.stderr.write(`${done.refused}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(
    done.removed === 0 ? 'There was nothing to remove.\n' : 'The demo begins anew at its next start.\n',
  );
}
