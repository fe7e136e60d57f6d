import { useState } from "react";

import { AppSetup } from "../sign_in_methods/AppSetup";
import type { StepProps } from "./Steps";

/** An authenticator app, set up on the way in because the operator demands a second factor. */
export default function TotpEnrolment({ flow, step }: StepProps) {
  // The first seed stays: another step of the same attempt must not change the picture under the camera.
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
