/** Keys of the person at the browser: Chromium's virtual authenticators, over its own protocol. */
import type { CDPSession } from 'playwright-core';
import type { Visit } from './flow-visit.ts';

export interface VirtualAuthenticator {
  readonly id: string;
  /** Whether the person passes the device's own check (finger, PIN). */
  verified(is: boolean): Promise<void>;
  /** Whether somebody touches it. */
  present(is: boolean): Promise<void>;
  /** What it holds. */
  keys(): Promise<
    readonly { readonly credentialId: string; readonly isResidentCredential: boolean; readonly signCount: number }[]
  >;
  remove(): Promise<void>;
}

export interface Kind {
  readonly transport?: 'internal' | 'usb';
  readonly resident?: boolean;
  readonly verifies?: boolean;
  readonly synced?: boolean;
}

const sessions = new WeakMap<Visit, Promise<CDPSession>>();

async function open(visit: Visit): Promise<CDPSession> {
  const session = await visit.context.newCDPSession(visit.page);
  // Without a window of its own: the answer comes at once.
  await session.send('WebAuthn.enable', { enableUI: false });
  return session;
}

export async function plugIn(visit: Visit, kind: Kind = {}): Promise<VirtualAuthenticator> {
  const { transport = 'internal', resident = true, verifies = true, synced = false } = kind;
  const opening = sessions.get(visit) ?? open(visit);
  sessions.set(visit, opening);
  const session = await opening;
  const { authenticatorId: id } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport,
      hasResidentKey: resident,
      hasUserVerification: verifies,
      isUserVerified: verifies,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: synced,
      defaultBackupState: synced,
    },
  });
  return {
    id,
    verified: async (isUserVerified) => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified });
    },
    present: async (enabled) => {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: id, enabled });
    },
    keys: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId: id })).credentials,
    remove: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: id });
    },
  };
}
