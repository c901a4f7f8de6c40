// `npm start`: set-up, then the broker in this very process. No child stands between the terminal and the broker, so
// Ctrl-C reaches it directly and its exit code is ours. The script in package.json begins with `exec` for the same
// reason: a shell in between would die of the signal and leave the broker behind (exec.cmd is that word for Windows).
import { prepare, root } from './prepare.mjs';

await prepare();
const command = `${root}apps/cli/bin/signalbox.js`;
process.argv.splice(1, 1, command, 'broker');
await import(new URL('../apps/cli/bin/signalbox.js', import.meta.url).href);
