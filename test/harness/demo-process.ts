/** The demo as `npm start` runs it, in a process of its own, on ports and in a folder of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { newPorts, type RunningDemo } from './running-demo.ts';
import { until } from './until.ts';

export interface DemoProcess {
  readonly ports: RunningDemo['ports'];
  stop(): Promise<void>;
}

/** Resolves once the helper page answers. */
export async function startDemoProcess(state: string): Promise<DemoProcess> {
  const ports = await newPorts();
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../main.ts')], {
    stdio: 'ignore',
    env: {
      ...process.env,
      REKEY_STATE: state,
      REKEY_LISTEN_PORT: String(ports.provider),
      REKEY_DEMO_RELYING_PARTY_PORT: String(ports.relyingParty),
      REKEY_DEMO_HELPER_PORT: String(ports.helper),
    },
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  await until('the helper page answers', () =>
    fetch(`http://localhost:${ports.helper}/demo.json`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return {
    ports,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
