import { useState } from "react";
import { useTranslation } from "react-i18next";

import {
  useDeleteAccountTotpMutation,
  usePostAccountRecoveryCodesMutation,
  usePostAccountTotpByCeremonyMutation,
  usePostAccountTotpMutation,
  usePutAccountSecondFactorMutation,
  type MethodsView,
} from "../../api";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Section } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { When } from "../../ui/When";
import { useUser } from "../session/useUser";
import { AppSetup } from "./AppSetup";
import { RecoveryCodes } from "./RecoveryCodes";

/** The second factor: authenticator app, recovery codes, and the switch for users who only have a passkey. */
export function SecondFactorSection({ methods }: { methods: MethodsView }) {
  const { t } = useTranslation();
  const [codes, setCodes] = useState<string[]>();
  const on = methods.secondFactor || methods.required;
  return (
    <Section title={t("methods.second.title")} lead={t("methods.second.lead")}>
      <p className="mb-5">
        <span
          className={`inline-flex rounded-full px-3 py-1 text-sm font-medium ${on ? "bg-primary-soft text-success" : "bg-sunken text-muted"}`}
        >
          {t(methods.required ? "methods.second.required" : on ? "methods.second.on" : "methods.second.off")}
        </span>
      </p>
      <ul className="divide-y divide-border">
        <App methods={methods} onCodes={setCodes} />
        {methods.totp || methods.passkeys.length > 0 ? <Codes methods={methods} onCodes={setCodes} /> : null}
        {methods.passkeys.length > 0 && !methods.totp && !methods.required ? (
          <Switch methods={methods} />
        ) : null}
      </ul>
      <Dialog title={t("methods.codes.title")} open={codes !== undefined} onClose={() => setCodes(undefined)}>
        <RecoveryCodes codes={codes ?? []} onDone={() => setCodes(undefined)} />
      </Dialog>
    </Section>
  );
}

interface PartProps {
  methods: MethodsView;
  onCodes: (codes: string[] | undefined) => void;
}

function App({ methods, onCodes }: PartProps) {
  const { t } = useTranslation();
  const { timeZone } = useUser();
  const [begin, begun] = usePostAccountTotpMutation();
  const [finish, finished] = usePostAccountTotpByCeremonyMutation();
  const [remove, removed] = useDeleteAccountTotpMutation();
  const seed = begun.data;
  const confirm = async (code: string) => {
    if (!seed) return;
    const answer = await finish({ ceremony: seed.ceremony, totpCode: { code } });
    if (!answer.data) return;
    begun.reset();
    if (answer.data.recoveryCodes.length > 0) onCodes(answer.data.recoveryCodes);
  };
  const error = begun.error ?? removed.error;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-3 py-4 first:pt-0">
      <div className="min-w-48 flex-1">
        <p className="font-semibold">{t("methods.totp.title")}</p>
        <p className="mt-0.5 text-sm text-muted">
          {methods.totp ? (
            <>
              {t("methods.added")} <When at={methods.totp.createdAt} timeZone={timeZone} />
            </>
          ) : (
            t(methods.password ? "methods.totp.lead" : "methods.totp.needsPassword")
          )}
        </p>
      </div>
      {methods.totp ? (
        <Button look="quiet" busy={removed.isLoading} onClick={() => void remove()}>
          {t("methods.remove")}
        </Button>
      ) : methods.password ? (
        <Button look="quiet" busy={begun.isLoading} onClick={() => void begin()}>
          {t("methods.totp.setUp")}
        </Button>
      ) : null}
      {error ? (
        <div className="w-full">
          <ProblemNotice error={error} />
        </div>
      ) : null}
      <Dialog title={t("methods.totp.setUpTitle")} open={seed !== undefined} onClose={() => begun.reset()}>
        {finished.error ? (
          <div className="mb-5">
            <ProblemNotice error={finished.error} />
          </div>
        ) : null}
        {seed ? (
          <AppSetup
            secret={seed.secret}
            qr={seed.qr}
            busy={finished.isLoading}
            onCode={(code) => void confirm(code)}
          />
        ) : null}
      </Dialog>
    </li>
  );
}

function Codes({ methods, onCodes }: PartProps) {
  const { t } = useTranslation();
  const [make, { isLoading, error }] = usePostAccountRecoveryCodesMutation();
  const left = methods.recoveryCodesLeft;
  const run = async () => {
    const answer = await make();
    if (answer.data) onCodes(answer.data.recoveryCodes);
  };
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-3 py-4 last:pb-0">
      <div className="min-w-48 flex-1">
        <p className="font-semibold">{t("methods.codes.title")}</p>
        <p className={`mt-0.5 text-sm ${left < 3 ? "font-medium text-warning" : "text-muted"}`}>
          {t("methods.codes.left", { count: left })}
        </p>
      </div>
      <Button look="quiet" busy={isLoading} onClick={() => void run()}>
        {t("methods.codes.make")}
      </Button>
      {error ? (
        <div className="w-full">
          <ProblemNotice error={error} />
        </div>
      ) : null}
    </li>
  );
}

function Switch({ methods }: { methods: MethodsView }) {
  const { t } = useTranslation();
  const [choose, { isLoading, error }] = usePutAccountSecondFactorMutation();
  const turn = () => void choose({ secondFactorChoice: { required: !methods.secondFactor } });
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-3 py-4 last:pb-0">
      <div className="min-w-48 flex-1">
        <p className="font-semibold">{t("methods.second.switch")}</p>
        <p className="mt-0.5 text-sm text-muted">{t("methods.second.switchLead")}</p>
      </div>
      <Button look="quiet" busy={isLoading} onClick={turn}>
        {t(methods.secondFactor ? "methods.second.turnOff" : "methods.second.turnOn")}
      </Button>
      {error ? (
        <div className="w-full">
          <ProblemNotice error={error} />
        </div>
      ) : null}
    </li>
  );
}
