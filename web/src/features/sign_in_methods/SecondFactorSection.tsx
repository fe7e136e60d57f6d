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
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Item } from "../../ui/Item";
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
        <Badge tone={on ? "success" : "muted"}>
          {t(methods.required ? "methods.second.required" : on ? "methods.second.on" : "methods.second.off")}
        </Badge>
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
  return (
    <Item
      title={t("methods.totp.title")}
      error={begun.error ?? removed.error}
      note={
        methods.totp ? (
          <>
            {t("methods.added")} <When at={methods.totp.createdAt} timeZone={timeZone} />
          </>
        ) : (
          t(methods.password ? "methods.totp.lead" : "methods.totp.needsPassword")
        )
      }
    >
      {methods.totp ? (
        <Button look="quiet" busy={removed.isLoading} onClick={() => void remove()}>
          {t("methods.remove")}
        </Button>
      ) : methods.password ? (
        <Button look="quiet" busy={begun.isLoading} onClick={() => void begin()}>
          {t("methods.totp.setUp")}
        </Button>
      ) : null}
      <Dialog title={t("methods.totp.setUpTitle")} open={seed !== undefined} onClose={() => begun.reset()}>
        {finished.error ? (
          <div className="mb-5">
            <ProblemNotice error={finished.error} />
          </div>
        ) : null}
        {seed ? <AppSetup secret={seed.secret} qr={seed.qr} onCode={confirm} /> : null}
      </Dialog>
    </Item>
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
    <Item
      title={t("methods.codes.title")}
      error={error}
      note={
        <span className={left < 3 ? "font-medium text-warning" : ""}>
          {t("methods.codes.left", { count: left })}
        </span>
      }
    >
      <Button look="quiet" busy={isLoading} onClick={() => void run()}>
        {t("methods.codes.make")}
      </Button>
    </Item>
  );
}

function Switch({ methods }: { methods: MethodsView }) {
  const { t } = useTranslation();
  const [choose, { isLoading, error }] = usePutAccountSecondFactorMutation();
  const turn = () => void choose({ secondFactorChoice: { required: !methods.secondFactor } });
  return (
    <Item title={t("methods.second.switch")} note={t("methods.second.switchLead")} error={error}>
      <Button look="quiet" busy={isLoading} onClick={turn}>
        {t(methods.secondFactor ? "methods.second.turnOff" : "methods.second.turnOn")}
      </Button>
    </Item>
  );
}
