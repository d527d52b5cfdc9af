/**
 * readInPlace: a socket that was accepted reads into memory that is there already.
 *
 * Node makes new memory for every read of a socket and takes the bytes through a stream (4 to 5 µs, and work for the collector), unless the
 * socket is made with `onread`; servers cannot be told to do that. So the socket is made anew around its handle before it has read
 * anything (`pauseOnConnect`), as Node itself does when it hands a socket to another process or thread. How a handle is taken out
 * of a socket is not documented: where it is not found as expected, the socket stays as it is and reads as all others do.
 */
import { type OnReadOpts, Socket } from 'node:net';

interface Handled {
  _handle?: { readonly useUserBuffer?: unknown } | null;
}

/** A read fills at most this much. All sockets share it: one reads at a time, and what it read is gone after the call. */
const RECEIVED = Buffer.allocUnsafeSlow(64 * 1024);

/** For sockets that are made here: what `net.connect` takes. */
export function intoPlace(deliver: (bytes: Buffer) => void): OnReadOpts {
  return {
    buffer: RECEIVED,
    callback: (count) => {
      deliver(RECEIVED.subarray(0, count));
      return true;
    },
  };
}

/** `accepted` is paused and has read nothing. The answer is to be used in its place, and reads at once. */
export function readInPlace(accepted: Socket, deliver: (bytes: Buffer) => void): Socket {
  const handled = accepted as Handled;
  const handle = handled._handle;
  if (typeof handle?.useUserBuffer !== 'function') {
    accepted.on('data', deliver);
    accepted.resume();
    return accepted;
  }
  handled._handle = null;
  accepted.destroy(); // it counts no longer as one of the server's
  return new Socket({ handle: handle as never, onread: intoPlace(deliver) });
}
