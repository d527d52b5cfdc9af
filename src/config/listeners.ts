/**
 * Listeners: where to listen and what clients are told, out of `listeners`, `advertised.listeners` and the protocol map.
 *
 *   listeners=PLAINTEXT://0.0.0.0:9092,INSIDE://:9094        advertised.listeners=PLAINTEXT://kafka.example:9092
 *
 * Invariants
 *   E1  each name once, each port once (0 aside); every advertised name is a listener
 *   E2  only PLAINTEXT is spoken: a listener that would need TLS or a login is refused, never opened without it
 *   E3  listeners that only controllers use (controller.listener.names) are left out
 */
import type { BrokerConfig } from './broker-settings.ts';
import { InvalidSetting } from './settings.ts';

export interface Listener {
  readonly name: string;
  /** An address of this machine; `0.0.0.0` and `::` are all of them. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** What clients are told; undefined: the address of the listener itself, with the port that it got. */
  readonly advertised: { readonly host: string; readonly port: number } | undefined;
}

type ListenerSettings = Pick<
  BrokerConfig,
  'listeners' | 'advertised.listeners' | 'listener.security.protocol.map' | 'controller.listener.names'
>;

const ANY_HOST = '0.0.0.0';
const NOT_YET: Readonly<Record<string, string>> = {
  SSL: 'TLS',
  SASL_SSL: 'TLS with a login',
  SASL_PLAINTEXT: 'a login',
};

export function parseListeners(config: ListenerSettings): Listener[] {
  const protocols = parseProtocols(config['listener.security.protocol.map']);
  const controllers = new Set(config['controller.listener.names']);
  const advertised = new Map(
    (config['advertised.listeners'] ?? []).map((text) => {
      const address = parseAddress('advertised.listeners', text);
      if (address.host === '' || isWildcard(address.host))
        throw invalid(
          'advertised.listeners',
          `${text}: clients need an address that they can reach, not every interface`,
        );
      return [address.name, address];
    }),
  );
  const all = config.listeners.map((text) => parseAddress('listeners', text));
  const served = all.filter(({ name }) => !controllers.has(name)); // E3
  if (served.length === 0) throw invalid('listeners', 'listeners names none that clients could use');
  checkUnique(served);
  for (const name of advertised.keys())
    if (!all.some((listener) => listener.name === name))
      throw invalid('advertised.listeners', `advertised.listeners: '${name}' is not one of the listeners`);
  for (const { name } of served) checkProtocol(name, protocols);
  return served.map(({ name, host, port }) => ({
    name,
    host: host || ANY_HOST,
    port,
    advertised: advertised.get(name),
  }));
}

/** True for 127.0.0.0/8, ::1 and localhost: nobody outside this machine gets there. */
export function isLoopback(host: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(host) || host === '::1' || host.toLowerCase() === 'localhost';
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '';
}

/** `host:port`, `[::1]:port`, `:port` or `host` alone. Undefined: it is none of these. */
export function parseHostPort(text: string, defaultPort: number): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? defaultPort : Number(digits);
  return host === undefined || port > 65_535 || /[\s/]/.test(host) ? undefined : { host, port };
}

/** The host as it stands in an address: IPv6 in brackets. */
export function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function parseAddress(setting: string, text: string): { name: string; host: string; port: number } {
  const [, name, rest] = /^([A-Za-z0-9_.-]+):\/\/(.*:\d+)$/.exec(text) ?? [];
  const address = rest === undefined ? undefined : parseHostPort(rest, 0);
  if (name === undefined || address === undefined)
    throw invalid(setting, `${setting}: '${text}' does not look like PLAINTEXT://host:9092`);
  return { name: name.toUpperCase(), ...address };
}

function parseProtocols(text: string): Map<string, string> {
  const pairs = text.split(',').map((pair) => pair.trim().toUpperCase().split(':'));
  return new Map(pairs.filter((pair) => pair.length === 2).map(([name, protocol]) => [name!, protocol!]));
}

function checkProtocol(name: string, protocols: ReadonlyMap<string, string>): void {
  const protocol = protocols.get(name);
  if (protocol === undefined)
    throw invalid(
      'listener.security.protocol.map',
      `listener ${name} has no protocol: add ${name}:PLAINTEXT to listener.security.protocol.map`,
    );
  const missing = NOT_YET[protocol];
  if (missing !== undefined)
    throw invalid(
      'listeners',
      `listener ${name} speaks ${protocol}: ${missing} is not served yet, use PLAINTEXT`,
    ); // E2
  if (protocol !== 'PLAINTEXT')
    throw invalid('listener.security.protocol.map', `listener ${name}: there is no protocol ${protocol}`);
}

function checkUnique(listeners: readonly { name: string; port: number }[]): void {
  const names = new Set<string>();
  const ports = new Set<number>();
  for (const { name, port } of listeners) {
    if (names.has(name))
      throw invalid('listeners', `listeners: '${name}' is there twice, each needs a name of its own`);
    if (port !== 0 && ports.has(port)) throw invalid('listeners', `listeners: port ${port} is there twice`);
    names.add(name);
    ports.add(port);
  }
}

function invalid(setting: string, message: string): InvalidSetting {
  return new InvalidSetting(setting, message);
}
