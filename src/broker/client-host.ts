/** Client host: the address of a client as Kafka shows it in descriptions of groups: a slash before it, no port. */
export function clientHost(remote: string): string {
  return `/${remote.replace(/:\d+$/, '')}`;
}
