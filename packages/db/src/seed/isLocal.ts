import { readConnectionUrl } from '@app/connections/url';

/** Whether every host of the URL is this machine. */
export function isLocal(url: string): boolean {
  return readConnectionUrl(url).hosts.every(({ host }) => /^(?:localhost|127(?:\.\d+){3}|::1|\/.*)$/i.test(host));
}
