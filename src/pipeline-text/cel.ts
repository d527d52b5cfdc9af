/** Cel: the expression language as its library gives it, with numbers that may be mixed (expression.ts, N1). */
import {
  type ASTNode,
  Environment,
  EvaluationError,
  ParseError,
  TypeError as CelTypeError,
} from '@marcbachmann/cel-js';

export type { ASTNode };
export { EvaluationError as CelError };

export interface Compiled {
  readonly ast: ASTNode;
  /** The variables it mentions. */
  readonly reads: ReadonlySet<string>;
  /** `dyn` when only the record can tell. */
  readonly type: string;
  evaluate(scope: Record<string, unknown>): unknown;
}

export interface Problem {
  readonly summary: string;
  /** Character of the expression. */
  readonly start: number;
  /** The name that is not known, when that is what is wrong. */
  readonly unknown: string | undefined;
}

type Number2 = number | bigint;
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

const environments = new Map<string, Environment>();

export function compiledBy(variables: readonly string[], source: string): Compiled | { problem: Problem } {
  try {
    const program = environmentOf(variables).parse(source);
    const { valid, error, type = 'dyn' } = program.check();
    if (!valid && error !== undefined) return { problem: problemOf(error) };
    const reads = new Set<string>();
    visit(program.ast, (node) => {
      if (node.op === 'id') reads.add(node.args);
    });
    return { ast: program.ast, reads, type: String(type), evaluate: (scope) => program(scope) };
  } catch (error) {
    if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)
      return { problem: problemOf(error) };
    throw error;
  }
}

function environmentOf(variables: readonly string[]): Environment {
  const known = environments.get(variables.join());
  if (known !== undefined) return known;
  const environment = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true });
  for (const name of variables) environment.registerVariable(name, 'dyn');
  for (const [operator, apply] of Object.entries(ARITHMETIC)) {
    const mixed = (a: Number2, b: Number2) => apply(Number(a), Number(b));
    environment.registerOperator(`int ${operator} double: double`, mixed);
    environment.registerOperator(`double ${operator} int: double`, mixed);
  }
  environment.registerOperator('double % double: double', ARITHMETIC['%']!);
  environments.set(variables.join(), environment);
  return environment;
}

function problemOf({ summary, range }: ParseError | CelTypeError | EvaluationError): Problem {
  const [, unknown] = /^Unknown variable: (.*)$/.exec(summary) ?? [];
  return { summary, start: range?.start ?? 0, unknown };
}

function visit(node: unknown, see: (node: ASTNode) => void): void {
  if (Array.isArray(node)) for (const one of node) visit(one, see);
  else if (typeof node === 'object' && node !== null && 'op' in node) {
    see(node as ASTNode);
    visit((node as ASTNode).args, see);
  }
}
