/** The reason why `generate` wrote nothing. */
export class GenerateRefused extends Error {
  override readonly name = 'GenerateRefused';
  /** 1 where what was generated cannot be applied, 2 where it could not be generated. */
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
