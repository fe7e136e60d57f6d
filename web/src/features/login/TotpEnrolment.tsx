import { useState } from "react";

import { AppSetup } from "../sign_in_methods/AppSetup";
import type { StepProps } from "./stepProps";

/** The step that sets up an authenticator app during the sign-in, as the operator demands a second factor. */
export default function TotpEnrolment({ flow, step }: StepProps) {
  // Keep the first seed: another step of the same attempt must not change the QR code that is being scanned.
  const [seed] = useState(step.options as { secret: string; qr: string });
  return (
    <AppSetup
      secret={seed.secret}
      qr={seed.qr}
      busy={flow.busy}
      onCode={(code) => void flow.take({ method: "totp_enrolment", code })}
    />
  );
}
