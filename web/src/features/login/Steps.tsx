import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { StepView } from "../../api";
import { Badge } from "../../ui/Badge";
import { Loading } from "../../ui/Loading";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { chooseStep } from "./nextStep";
import { PasswordStep } from "./PasswordStep";
import type { StepProps } from "./stepProps";

const PasskeyStep = lazy(() => import("./PasskeyStep"));
const CodeStep = lazy(() => import("./CodeStep"));
const EmailCodeStep = lazy(() => import("./EmailCodeStep"));
const EmailStep = lazy(() => import("./EmailStep"));
const TotpEnrolment = lazy(() => import("./TotpEnrolment"));
const FactorRecovery = lazy(() => import("./FactorRecovery"));

/** The component of a step. */
function Step({ step, remember, ...rest }: StepProps) {
  switch (step.method) {
    case "password":
      return <PasswordStep step={step} {...rest} />;
    case "passkey":
      return <PasskeyStep step={step} remember={remember} {...rest} />;
    case "passkey_enrolment":
      return <PasskeyStep step={step} {...rest} />;
    case "totp":
    case "recovery_code":
      return <CodeStep step={step} remember={remember} {...rest} />;
    case "email_code":
      return <EmailCodeStep step={step} {...rest} />;
    case "email_link":
      return <EmailStep step={step} {...rest} />;
    case "totp_enrolment":
      return <TotpEnrolment step={step} {...rest} />;
    case "factor_recovery":
      return <FactorRecovery step={step} {...rest} />;
    case "skip_enrolment":
      return null;
  }
}

interface Props extends Omit<StepProps, "step" | "remembered"> {
  remembered?: boolean;
  preferred?: string | undefined;
  lastUsed?: string | undefined;
  heading?: (step: StepView) => ReactNode;
}

/** The current step, and links to all other methods. */
export default function Steps({ preferred, lastUsed, remembered = false, heading, ...rest }: Props) {
  const { t } = useTranslation();
  const [chosen, choose] = useState<string>();
  const { flow } = rest;
  const { step, others, skip } = chooseStep(flow.attempt?.steps ?? [], chosen, preferred);
  if (!step) return null;
  return (
    <>
      {heading?.(step)}
      <div className="space-y-6">
        {flow.error ? <ProblemNotice error={flow.error} /> : null}
        <Suspense fallback={<Loading rows={2} />}>
          <Step key={step.method} step={step} remembered={remembered} {...rest} />
        </Suspense>
        {others.length > 0 || skip ? (
          <nav aria-label={t("steps.other")} className="border-t border-border pt-5">
            <h2 className="mb-3 text-[0.95rem] font-semibold">{t("steps.other")}</h2>
            <ul className="space-y-2">
              {others.map(({ method }) => (
                <OtherMethod
                  key={method}
                  onChoose={() => {
                    flow.forgive();
                    choose(method);
                  }}
                >
                  {t(`steps.${method}.choose`)}
                  {method === lastUsed ? <Badge>{t("steps.lastUsed")}</Badge> : null}
                </OtherMethod>
              ))}
              {skip ? (
                <OtherMethod onChoose={() => void flow.take({ method: "skip_enrolment" })}>
                  {t("steps.skip_enrolment.choose", {
                    date: new Date(skip.options.until).toLocaleDateString(),
                  })}
                </OtherMethod>
              ) : null}
            </ul>
          </nav>
        ) : null}
      </div>
    </>
  );
}

function OtherMethod({ onChoose, children }: { onChoose: () => void; children: ReactNode }) {
  return (
    <li>
      <button
        type="button"
        onClick={onChoose}
        className="flex min-h-11 w-full items-center justify-between gap-3 rounded-xl border border-border bg-surface px-4 py-2 text-left text-[0.95rem] font-medium hover:bg-sunken"
      >
        {children}
      </button>
    </li>
  );
}
