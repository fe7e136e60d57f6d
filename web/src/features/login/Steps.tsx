import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { StepView } from "../../api";
import { Loading } from "../../ui/Loading";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { PasswordStep } from "./PasswordStep";
import type { StepProps } from "./stepProps";
import type { Flow } from "./useAttempt";

const PasskeyStep = lazy(() => import("./PasskeyStep"));
const CodeStep = lazy(() => import("./CodeStep"));
const EmailCodeStep = lazy(() => import("./EmailCodeStep"));
const EmailStep = lazy(() => import("./EmailStep"));
const TotpEnrolment = lazy(() => import("./TotpEnrolment"));
const FactorRecovery = lazy(() => import("./FactorRecovery"));

/** The component of each method. Methods that are not listed have none, such as putting an enrolment off. */
const STEPS: Record<string, (props: StepProps) => ReactNode> = {
  password: (props) => <PasswordStep {...props} />,
  passkey: (props) => <PasskeyStep {...props} />,
  passkey_enrolment: (props) => <PasskeyStep {...props} />,
  totp: (props) => <CodeStep {...props} />,
  recovery_code: (props) => <CodeStep {...props} />,
  email_code: (props) => <EmailCodeStep {...props} />,
  email_link: (props) => <EmailStep {...props} />,
  totp_enrolment: (props) => <TotpEnrolment {...props} />,
  factor_recovery: (props) => <FactorRecovery {...props} />,
};

const REMEMBERED = new Set(["totp", "passkey", "recovery_code"]);

interface Props {
  flow: Flow;
  identifier: string;
  preferred?: string | undefined;
  lastUsed?: string | undefined;
  remember?: ReactNode;
  remembered?: boolean;
  heading: (step: StepView) => ReactNode;
}

/** The current step, and links to all other methods. */
export default function Steps({
  flow,
  identifier,
  preferred,
  lastUsed,
  remember,
  remembered = false,
  heading,
}: Props) {
  const { t } = useTranslation();
  const [chosen, choose] = useState<string>();
  const steps = flow.attempt?.steps ?? [];
  // One email has both, so the component for the code serves the link, too.
  const hasCode = steps.some((step) => step.method === "email_code");
  const known = steps.filter(({ method }) => method in STEPS && !(hasCode && method === "email_link"));
  const step =
    known.find((found) => found.method === chosen) ??
    known.find((found) => found.method === preferred) ??
    known[0];
  const skip = steps.find((found) => found.method === "skip_enrolment");
  if (!step) return null;
  return (
    <>
      {heading(step)}
      <div className="space-y-6">
        {flow.error ? <ProblemNotice error={flow.error} /> : null}
        <Suspense fallback={<Loading rows={2} />}>
          <div key={step.method}>
            {STEPS[step.method]?.({
              flow,
              step,
              identifier,
              remember: REMEMBERED.has(step.method) ? remember : undefined,
              remembered,
            })}
          </div>
        </Suspense>
        {known.length > 1 || skip ? (
          <nav aria-label={t("steps.other")} className="border-t border-border pt-5">
            <h2 className="mb-3 text-[0.95rem] font-semibold">{t("steps.other")}</h2>
            <ul className="space-y-2">
              {known
                .filter((found) => found !== step)
                .map((found) => (
                  <OtherMethod
                    key={found.method}
                    onChoose={() => {
                      flow.forgive();
                      choose(found.method);
                    }}
                  >
                    {t(`steps.${found.method}.choose`)}
                    {found.method === lastUsed ? <Badge>{t("steps.lastUsed")}</Badge> : null}
                  </OtherMethod>
                ))}
              {skip ? (
                <OtherMethod onChoose={() => void flow.take({ method: "skip_enrolment" })}>
                  {t("steps.skip_enrolment.choose", {
                    date: new Date((skip.options as { until: string }).until).toLocaleDateString(),
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

function Badge({ children }: { children: ReactNode }) {
  return (
    <span className="shrink-0 rounded-full bg-primary-soft px-2.5 py-0.5 text-sm font-medium text-success">
      {children}
    </span>
  );
}
