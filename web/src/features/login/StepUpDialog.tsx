import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { whenAskedAgain, type StepUpAttempt } from "../../api/stepUp";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useUser } from "../session/useUser";
import Steps from "./Steps";
import { useAttempt } from "./useAttempt";

interface Asked {
  attempt: StepUpAttempt;
  answer: (proved: boolean) => void;
}

/** "Is it still you?" for changes that matter; the change goes on by itself afterwards. */
export function StepUpDialog() {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  useEffect(
    () => whenAskedAgain((attempt) => new Promise<boolean>((answer) => setAsked({ attempt, answer }))),
    [],
  );
  const close = (proved: boolean) => {
    asked?.answer(proved);
    setAsked(undefined);
  };
  return (
    <Dialog title={t("stepUp.title")} open={asked !== undefined} onClose={() => close(false)}>
      {asked ? (
        <Ask attempt={asked.attempt} onDone={() => close(true)} onCancel={() => close(false)} />
      ) : null}
    </Dialog>
  );
}

function Ask({
  attempt,
  onDone,
  onCancel,
}: {
  attempt: StepUpAttempt;
  onDone: () => void;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const user = useUser();
  const flow = useAttempt(onDone, attempt);
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">{t("stepUp.lead")}</p>
      <Steps flow={flow} identifier={user.email} heading={() => null} />
      <Button look="ghost" className="w-full" onClick={onCancel}>
        {t("common.cancel")}
      </Button>
    </div>
  );
}
