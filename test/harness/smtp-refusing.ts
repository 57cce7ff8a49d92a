/**
 * An SMTP server on the wire that answers one command, or several, as a test wants, and all others well. It keeps no
 * mail.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';

export type SmtpStep = 'greeting' | 'EHLO' | 'HELO' | 'AUTH' | 'MAIL FROM' | 'RCPT TO' | 'DATA' | 'end of DATA';

const usual: Readonly<Record<SmtpStep, string>> = {
  greeting: '220 double ESMTP',
  EHLO: '250-double\r\n250 AUTH PLAIN',
  HELO: '250 double',
  AUTH: '235 2.7.0 welcome',
  'MAIL FROM': '250 2.1.0 ok',
  'RCPT TO': '250 2.1.5 ok',
  DATA: '354 go on',
  'end of DATA': '250 2.0.0 taken',
};
const commands: readonly SmtpStep[] = ['EHLO', 'HELO', 'AUTH', 'MAIL FROM', 'RCPT TO', 'DATA'];

export async function startRefusingSmtp(
  replies: Partial<Record<SmtpStep, string>>,
  { pipelining = false }: { readonly pipelining?: boolean } = {},
): Promise<{ readonly port: number; heard(): readonly string[]; close(): Promise<void> }> {
  const heard: string[] = [];
  const open = new Set<Socket>();
  const reply = (step: SmtpStep): string => {
    const given = replies[step] ?? usual[step];
    return step === 'EHLO' && pipelining && replies.EHLO === undefined
      ? given.replace('250 ', '250-PIPELINING\r\n250 ')
      : given;
  };
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    let isText = false;
    let kept = '';
    const say = (text: string) => socket.write(`${text}\r\n`);
    const line = (text: string): void => {
      if (isText) {
        if (text !== '.') return;
        isText = false;
        say(reply('end of DATA'));
        return;
      }
      heard.push(text);
      const step = commands.find((name) => text.toUpperCase().startsWith(name));
      if (step) say(reply(step));
      else if (/^QUIT/i.test(text)) socket.end('221 bye\r\n');
      else say('250 ok');
      isText = step === 'DATA' && reply('DATA').startsWith('3');
    };
    socket.on('data', (bytes) => {
      const lines = (kept + bytes.toString('latin1')).split('\r\n');
      kept = lines.pop() ?? '';
      for (const one of lines) line(one);
    });
    say(reply('greeting'));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => heard,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
