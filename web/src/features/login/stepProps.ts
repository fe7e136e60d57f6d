import type { ReactNode } from "react";

import type { StepView } from "../../api";
import type { StepOf } from "./nextStep";
import type { Flow } from "./useAttempt";

/** The properties of the component of a step, for all methods or for these. */
export interface StepProps<Method extends StepView["method"] = StepView["method"]> {
  flow: Flow;
  step: StepOf<Method>;
  identifier: string;
  /** The checkbox "Remember this device", where that is possible. */
  remember?: ReactNode;
  remembered: boolean;
}
