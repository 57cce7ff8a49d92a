/**
 * The cost of a sign-in by passkey compared with an authenticator app, the time of its two calls, and the size of its
 * script.
 */
import { statSync } from 'node:fs';
import { generateSync } from 'otplib';
import { assetFile } from '../views/assets.ts';
import { questionOn } from '../test/harness/device-keys.ts';
import { fromExport, type ExportedKey } from '../test/harness/software-authenticator.ts';
import { signIn } from './conversation.ts';
import { password } from './many-people.ts';
import { load, measured, median } from './measured.ts';

const people = 200;
const round = 400;

export async function passkey(say: (figure: string, value: string, promised: string) => void): Promise<void> {
  const [app, devices] = await Promise.all([
    measured('product-server.ts', 'no-hash'),
    measured('product-server.ts', 'no-hash', 'embedded', 'devices'),
  ]);
  await app.order('people', people);
  const exported = await devices.order<readonly (readonly ExportedKey[])[]>('devices', people);
  const kind = { origin: `http://localhost:${devices.port}` };
  const inHand = exported.map((keys) => fromExport(kind, keys));
  const asked: number[] = [];
  const judged: number[] = [];
  const byDevice = async (number: number, keep = false): Promise<void> => {
    const device = inHand[number % people];
    await signIn(devices.port, {
      username: `bench-${number % people}`,
      password,
      code: '',
      answer: (page) => ({ credential: device?.get(questionOn(page).options) ?? '' }),
      timed: (asking, judging) => {
        if (!keep) return;
        asked.push(asking);
        judged.push(judging);
      },
    });
  };
  const differences: number[] = [];
  for (let pair = -1; pair < 5; pair += 1) {
    const before = await app.used();
    await load(app, round, people);
    const byApp = ((await app.used()).cpu - before.cpu) / round;
    const start = await devices.used();
    for (let done = 0; done < round; done += 8)
      await Promise.all(Array.from({ length: 8 }, (_, at) => byDevice(done + at)));
    const byPasskey = ((await devices.used()).cpu - start.cpu) / round;
    console.log(
      `  ${pair < 0 ? 'warm-up' : `pair ${pair + 1}`}: ${byApp.toFixed(2)} ms by app, ${byPasskey.toFixed(2)} ms by passkey of CPU a sign-in`,
    );
    if (pair >= 0) differences.push(byPasskey - byApp);
  }
  const codes: number[] = [];
  const now = await app.order<number>('advance', 30_000);
  const code = generateSync({ secret: String(app.ready['totp']), epoch: Math.floor(now / 1000) });
  // Alternately, so that other work of the machine affects both.
  for (let number = 0; number < people; number += 1) {
    await byDevice(number, true);
    const timed = (_asking: number, judging: number) => codes.push(judging);
    await signIn(app.port, { username: `bench-${number}`, password, code, timed });
  }
  say('CPU of a sign-in by passkey, more than by app', `${median(differences).toFixed(2)} ms`, '≤ 2 ms');
  say('asking for a passkey, median, one at a time', `${median(asked).toFixed(1)} ms`, '≤ 10 ms');
  say('judging its answer, median, one at a time', `${median(judged).toFixed(1)} ms`, '≤ 10 ms');
  say('judging the code of an app, likewise', `${median(codes).toFixed(1)} ms`, '–');
  const script = ['webauthn.js', 'device-key.js'].reduce((sum, name) => sum + statSync(assetFile(name)).size, 0);
  say('script on the page', `${(script / 1000).toFixed(1)} kB`, '≤ 20 kB');
  await Promise.all([app.stop(), devices.stop()]);
}
