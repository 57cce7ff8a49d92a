/** The whole demo in this process, on ports and in a folder of its own, whichever deployment. */
import type { Server } from 'node:http';
import { pino } from 'pino';
import { systemClock } from '../../time/clock.ts';
import { createApp, type App } from '../../app/create-app.ts';
import { listen } from '../../app/listen.ts';
import { openSms } from '../../app/sms.ts';
import type { Services } from '../../admin/services.ts';
import { openMail } from '../../app/mail.ts';
import { chooseDeployment, openServices, readDeployment } from '../../app/services.ts';
import type { MailSender } from '../../adapters/mail/port.ts';
import { startDemo, type Demo } from '../../demo/start-demo.ts';
import { letEngineFetch } from './engine-fetch.ts';
import { freePorts } from './free-port.ts';

const silent = pino({ level: 'silent' });

export interface RunningDemo {
  readonly services: Services;
  readonly app: App;
  readonly mail: MailSender;
  readonly demo: Demo;
  readonly state: string;
  readonly ports: { readonly provider: number; readonly relyingParty: number; readonly helper: number };
  stop(): Promise<void>;
}

/** @param said takes what the start says */
export async function runDemo(
  state: string,
  ports: RunningDemo['ports'],
  { deployment: name, said = [] }: { readonly deployment?: string; readonly said?: string[] } = {},
): Promise<RunningDemo> {
  letEngineFetch();
  const chosen = await chooseDeployment({ name, file: undefined });
  if (!chosen.ok) throw new Error(chosen.says);
  const { loaded, registry } = await readDeployment(chosen.files, {
    REKEY_STATE: state,
    REKEY_LISTEN_PORT: String(ports.provider),
    REKEY_DEMO_RELYING_PARTY_PORT: String(ports.relyingParty),
    REKEY_DEMO_HELPER_PORT: String(ports.helper),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
  const { settings } = loaded;
  const services = await openServices({ settings, registry, clock: systemClock, log: silent });
  const mail = await openMail(services);
  const sms = await openSms(services, mail);
  const app = await createApp({ services, mail, ...(sms && { sms }) });
  let server: Server | undefined;
  const shut = async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    await app.stop();
    await Promise.all([mail.close(), sms?.close()]);
    await services.close();
  };
  try {
    server = await listen(app.callback, settings.listen);
    app.start();
    const demo = await startDemo({
      services,
      issuedCards: services.issuedCards,
      mail,
      log: silent,
      files: chosen.files,
      say: (text) => said.push(text),
    });
    const stop = async () => {
      await demo.close();
      await shut();
    };
    return { services, app, mail, demo, state, ports, stop };
  } catch (error) {
    await shut();
    throw error;
  }
}

export const newPorts = async (): Promise<RunningDemo['ports']> => {
  const [provider = 0, relyingParty = 0, helper = 0] = await freePorts(3);
  return { provider, relyingParty, helper };
};
