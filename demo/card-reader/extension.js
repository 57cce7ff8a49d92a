// In a demo the reader is a window of the helper page: plays the Web eID extension for the script above.
{
  const readerAddress = '{readerAddress}';
  const { origin: readerOrigin } = new URL(readerAddress);
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- this block is all that is ours
  const answer = (message) => postMessage(message, location.origin);
  const failed = (action, code) => answer({ action: `${action}-failure`, error: { code: `ERR_WEBEID_${code}` } });
  const readerClosed = 'rekey-demo:reader-closed';
  let reader;
  addEventListener('message', ({ source, origin, data }) => {
    if (reader !== undefined && source === reader && origin === readerOrigin) {
      reader = undefined;
      answer(data);
    }
    if (source !== window || origin !== location.origin) return;
    const { action, challengeNonce } = data ?? {};
    if (action === readerClosed && reader?.closed) {
      reader = undefined;
      failed('web-eid:authenticate', 'USER_CANCELLED');
    }
    if (action === 'web-eid:status') {
      answer({ action: `${action}-ack` });
      answer({ action: `${action}-success`, library: '2.0.2', extension: '2.4.1', nativeApp: '2.9.0' });
    }
    if (action !== 'web-eid:authenticate') return;
    answer({ action: `${action}-ack` });
    const asked = new URLSearchParams({ nonce: challengeNonce, origin: location.origin });
    const opened = open(`${readerAddress}?${asked}`, 'rekey-card-reader', 'popup,width=480,height=760');
    if (opened === null) return failed(action, 'NATIVE_FATAL');
    reader = opened;
    const watch = setInterval(() => {
      if (reader === opened && !opened.closed) return;
      clearInterval(watch);
      // A closed window may have answered: its message arrives before this one.
      if (reader === opened) answer({ action: readerClosed });
    }, 300);
  });
}
