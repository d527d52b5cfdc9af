/** InvalidValue: a value that could be read, and is not what was promised. Its record is dead-lettered as 'invalid', whichever step found it. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
}
