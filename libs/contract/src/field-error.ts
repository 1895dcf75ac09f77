export interface FieldError {
  /** JSON pointer (RFC 6901) to what is wrong */
  readonly pointer: string;
  readonly message: string;
}
