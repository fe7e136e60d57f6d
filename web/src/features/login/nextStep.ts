/** Which of the offered steps a page shows. */
import type { StepView } from "../../api";

type Method = StepView["method"];
export type StepOf<Wanted extends Method> = Extract<StepView, { method: Wanted }>;

/** What these pages have a component for; a newer server may offer more. Putting an enrolment off is a link beside. */
const SHOWN: Record<Method, boolean> = {
  password: true,
  passkey: true,
  passkey_enrolment: true,
  totp: true,
  recovery_code: true,
  email_code: true,
  email_link: true,
  totp_enrolment: true,
  factor_recovery: true,
  skip_enrolment: false,
};

/** The offered step of a method; undefined when it is not offered. */
export function stepOf<Wanted extends Method>(steps: StepView[], method: Wanted): StepOf<Wanted> | undefined {
  return steps.find((step): step is StepOf<Wanted> => step.method === method);
}

interface Choice {
  /** The step to show: the first wish that is offered, else what the server names first. */
  step: StepView | undefined;
  /** All others that can be chosen instead. */
  others: StepView[];
  skip: StepOf<"skip_enrolment"> | undefined;
}

/** Chooses among the offered steps. `wishes` are names of methods, the most wanted one first. */
export function chooseStep(steps: StepView[], ...wishes: (string | undefined)[]): Choice {
  // One email has both the code and the link, so the component for the code serves the link, too.
  const known = stepOf(steps, "email_code") ? steps.filter(({ method }) => method !== "email_link") : steps;
  const shown = known.filter(({ method }) => SHOWN[method]);
  const wished = wishes.flatMap((wish) => shown.filter(({ method }) => method === wish));
  const step = wished[0] ?? shown[0];
  return { step, others: shown.filter((other) => other !== step), skip: stepOf(steps, "skip_enrolment") };
}
