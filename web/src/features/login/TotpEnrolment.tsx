import { useState } from "react";

import { AppSetup } from "../sign_in_methods/AppSetup";
import type { StepProps } from "./stepProps";

/** The step that sets up an authenticator app during the sign-in, as the operator demands a second factor. */
export default function TotpEnrolment({ flow, step }: StepProps<"totp_enrolment">) {
  // Keep the first seed: another step of the same attempt must not change the QR code that is being scanned.
  const [seed] = useState(step.options);
  return <AppSetup {...seed} onCode={(code) => flow.take({ method: "totp_enrolment", code })} />;
}
