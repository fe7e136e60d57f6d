import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import type { ProblemAttempt } from "../../api";
import { onReauthentication } from "../../api/stepUp";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useUser } from "../session/useUser";
import Steps from "./Steps";
import { useAttempt } from "./useAttempt";

interface Pending {
  attempt: ProblemAttempt;
  answer: (proved: boolean) => void;
}

/** The step-up dialog: proves again that it is the user, before a sensitive change, which then continues by itself. */
export function StepUpDialog() {
  const { t } = useTranslation();
  const [pending, setPending] = useState<Pending>();
  useEffect(
    () => onReauthentication((attempt) => new Promise((answer) => setPending({ attempt, answer }))),
    [],
  );
  const close = (proved: boolean) => {
    pending?.answer(proved);
    setPending(undefined);
  };
  return (
    <Dialog title={t("stepUp.title")} open={pending !== undefined} onClose={() => close(false)}>
      {pending ? (
        <Ask attempt={pending.attempt} onDone={() => close(true)} onCancel={() => close(false)} />
      ) : null}
    </Dialog>
  );
}

interface AskProps {
  attempt: ProblemAttempt;
  onDone: () => void;
  onCancel: () => void;
}

function Ask({ attempt, onDone, onCancel }: AskProps) {
  const { t } = useTranslation();
  const user = useUser();
  const flow = useAttempt(onDone, attempt);
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">{t("stepUp.lead")}</p>
      <Steps flow={flow} identifier={user.email} />
      <Button look="ghost" className="w-full" onClick={onCancel}>
        {t("common.cancel")}
      </Button>
    </div>
  );
}
