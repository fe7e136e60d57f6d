import type { ReactNode } from "react";

import type { StepView } from "../../api";
import type { Flow } from "./useAttempt";

/** The properties of every step component. */
export interface StepProps {
  flow: Flow;
  step: StepView;
  identifier: string;
  /** The checkbox "Remember this device", where that is possible. */
  remember: ReactNode;
  remembered: boolean;
}
