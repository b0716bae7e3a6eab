/** What stands in a command's way before it has changed anything; each message a sentence that says what to do. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code: 'BAD_URL' | 'REQUIREMENTS_UNMET' | 'EMBEDDED_SERVER_FAILED';
  readonly messages: readonly string[];

  constructor(code: EnvironmentError['code'], messages: readonly string[], options?: ErrorOptions) {
    super(messages.join('\n'), options);
    this.code = code;
    this.messages = messages;
  }
}
