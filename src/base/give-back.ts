/**
 * giveBack: memory of a buffer goes back to the system now, not when the collector comes to it.
 *
 * Every view of it is empty from now on. Only for memory that nobody uses any more, also no call into the system that is under way.
 */
export function giveBack({ buffer }: Uint8Array): void {
  (buffer as ArrayBuffer).transfer(0); // detached: its memory is released in this call
}
