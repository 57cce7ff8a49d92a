/** Which of the engine's models are stored, and how each is found. */
import type { AdapterPayload } from 'oidc-provider';
import type { CollectionSpec, IndexOf } from '../adapters/storage/port.ts';
import { mayFollow } from './device-decisions.ts';

export interface EngineModel {
  readonly spec: CollectionSpec<AdapterPayload>;
  /** The id is a secret by itself, so only its digest is stored. */
  readonly bearer?: boolean;
  /** Counts once: it is written again when it is used. */
  readonly consumed?: boolean;
  readonly insertOnly?: boolean;
  /** Whether a stored document may become another one; otherwise the write is refused. Absent: the last one counts. */
  readonly mayBecome?: (stored: AdapterPayload, next: AdapterPayload) => boolean;
}

const byGrant: Readonly<Record<string, IndexOf<AdapterPayload>>> = { grant: ({ grantId }) => grantId };
const byAccount: IndexOf<AdapterPayload> = ({ accountId }) => accountId;

export const engineModels: Readonly<Record<string, EngineModel>> = {
  AccessToken: { spec: { name: 'oidc-access-token', indexes: byGrant }, bearer: true },
  AuthorizationCode: { spec: { name: 'oidc-authorization-code', indexes: byGrant }, bearer: true, consumed: true },
  DeviceCode: {
    spec: {
      name: 'oidc-device-code',
      indexes: { ...byGrant, userCode: ({ userCode }) => userCode },
    },
    bearer: true,
    consumed: true,
    mayBecome: mayFollow,
  },
  ClientCredentials: { spec: { name: 'oidc-client-credentials' }, bearer: true },
  RefreshToken: { spec: { name: 'oidc-refresh-token', indexes: byGrant }, bearer: true, consumed: true },
  Grant: { spec: { name: 'oidc-grant', indexes: { account: byAccount } } },
  Session: { spec: { name: 'oidc-session', indexes: { uid: ({ uid }) => uid, account: byAccount } } },
  PushedAuthorizationRequest: { spec: { name: 'oidc-pushed-request' }, bearer: true, consumed: true },
  ReplayDetection: { spec: { name: 'oidc-replay-detection' }, insertOnly: true },
};
