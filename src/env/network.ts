/** Network: listening and connecting, with back-pressure in both directions. */
export interface Network {
  /** Listens on host and port (0: any free one). Rejects with code `EADDRINUSE` or `EADDRNOTAVAIL`. */
  listen(address: Address, onSocket: (socket: Socket) => void): Promise<Listener>;
  connect(address: Address): Promise<Socket>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Listener {
  readonly address: Address;
  /** Stops accepting; sockets that are open stay open. */
  close(): Promise<void>;
}

/** A byte stream. The owner sets the three callbacks once, in the turn in which it gets the socket. */
export interface Socket {
  readonly remote: Address;
  readonly local: Address;
  /** Bytes that arrived; valid only during the call unless copied. */
  onData: (bytes: Buffer) => void;
  /** Everything written has left the buffer, after a `write` that answered false. */
  onDrain: () => void;
  /** Of what was written: what the kernel has not taken yet. Those bytes must not change before; of the others there is a copy. */
  readonly unsentBytes: number;
  /** Called once, when the connection is gone, whoever ended it. */
  onClose: (error: Error | undefined) => void;
  /** Sends the parts in order. False: the buffer is above its mark, wait for `onDrain`. */
  write(parts: readonly Uint8Array[]): boolean;
  /** Stops and starts reading; the peer feels it. */
  pause(): void;
  resume(): void;
  /** Sends what was written, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}
