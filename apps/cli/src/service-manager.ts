/** Tells systemd that the broker is ready, where it has asked (Type=notify). Node cannot write to its kind of socket. */
import { spawn } from 'node:child_process';

/** Does nothing elsewhere, and nothing worse than nothing when it fails: systemd then gives up by itself, and says so. */
export function notifyServiceManager(state: 'ready' | 'stopping'): void {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  const child = spawn('systemd-notify', [`--${state}`], { stdio: 'ignore' });
  child.once('error', () => {});
  child.unref();
}
