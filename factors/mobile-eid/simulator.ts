/** Plays the person's side: somebody who confirms at a small provider, another one for each device. */
import { startSmallUpstream } from '../../test/eid-world/small-upstream.ts';
import type { Input } from '../contract.ts';
import type { Device, Sight, Simulator } from '../kit/simulator.ts';

const advanced = 'http://itsme.services/v2/claim/acr_advanced';
const [first, second] = [await startSmallUpstream(advanced), await startSmallUpstream(advanced)];
const upstreamOf = ({ issuer, clientId, keys }: typeof first, id: string) => ({
  id,
  preset: 'itsme',
  issuer,
  clientId,
  keys,
});
const settings = { linkKey: 'a link key of the app simulator, 32+', upstreams: [upstreamOf(first, 'itsme')] };
let people = 0;

function confirmed({ to = '', shows }: Sight, now: number, who: string): Input {
  // The page with the choice comes before a page that leaves.
  if (shows['sites'] !== undefined) return { site: 'itsme' };
  first.now = now;
  return first.confirm(to, who);
}

function createDevice(): Device {
  people += 1;
  const sub = `person-${people}`;
  return {
    confirm: (sight, now) => confirmed(sight, now, sub),
    take: () => undefined,
    answer: (sight, now) => confirmed(sight, now, sub),
    wrongAnswer: (sight, now) => confirmed(sight, now, `somebody-else-${sub}`),
  };
}

const simulator: Simulator = {
  createDevice,
  settings: [settings, { ...settings, upstreams: [...settings.upstreams, upstreamOf(second, 'other')] }],
  showsSecretAtEnrolment: false,
  olderSecrets: [],
  open: ['upstream'],
};
export default simulator;
