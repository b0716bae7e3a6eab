/** Whether every host of the URL is this machine. */
export function isLocal(url: string): boolean {
  const hosts = /^postgres(?:ql)?:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url)?.[1]?.split(',') ?? [''];
  return hosts.every((host) => /^(?:localhost|127(?:\.\d+){3}|\[::1\]|%2F.*)?(?::\d+)?$/i.test(host));
}
