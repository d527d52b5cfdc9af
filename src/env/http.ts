/** Http: other services, which are asked with GET. */
export interface Http {
  /**
   * Any answer resolves, whatever its status; redirects are answers, too. Rejects when none comes, when it is longer than `maxBytes`,
   * and when `signal` aborts; the error's message is for people.
   */
  get(url: string, request: HttpRequest): Promise<HttpAnswer>;
}

export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** Where a redirect leads to. */
  readonly location: string | null;
}
