import { useState } from "react";
import { useTranslation } from "react-i18next";

import {
  useDeleteAccountPasskeysByIdMutation,
  usePatchAccountPasskeysByIdMutation,
  type MethodsView,
  type PasskeyView,
} from "../../api";
import { Button } from "../../ui/Button";
import { ConfirmRemoval } from "../../ui/ConfirmRemoval";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { DialogButtons, Form } from "../../ui/Form";
import { KeyIcon } from "../../ui/icons";
import { Item } from "../../ui/Item";
import { Notice } from "../../ui/Notice";
import { Section } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useRules } from "../../ui/rules";
import { useForm } from "../../ui/useForm";
import { When } from "../../ui/When";
import { signalAll, supportsPasskeys } from "../login/passkeys";
import { useUser } from "../session/useUser";
import { useAddPasskey } from "./useAddPasskey";

export function PasskeysSection({ methods }: { methods: MethodsView }) {
  const { t } = useTranslation();
  const passkey = useAddPasskey();
  const [cancelled, setCancelled] = useState(false);
  const add = async () => {
    setCancelled(false);
    setCancelled((await passkey.add()) === undefined);
  };
  return (
    <Section title={t("methods.passkeys.title")} lead={t("methods.passkeys.lead")}>
      <div className="space-y-5">
        {methods.passkeys.length > 0 ? (
          <ul className="divide-y divide-border">
            {methods.passkeys.map((found) => (
              <Row key={found.id} passkey={found} methods={methods} />
            ))}
          </ul>
        ) : (
          <p className="text-[0.95rem] text-muted">{t("methods.passkeys.none")}</p>
        )}
        {passkey.error ? <ProblemNotice error={passkey.error} /> : null}
        {cancelled ? <Notice>{t("steps.passkey.cancelled")}</Notice> : null}
        {supportsPasskeys ? (
          <Button busy={passkey.busy} onClick={() => void add()}>
            {t("methods.passkeys.add")}
          </Button>
        ) : (
          <Notice>{t("steps.passkey.unsupported")}</Notice>
        )}
      </div>
    </Section>
  );
}

function Row({ passkey, methods }: { passkey: PasskeyView; methods: MethodsView }) {
  const { t } = useTranslation();
  const { timeZone } = useUser();
  const [renaming, setRenaming] = useState(false);
  const [removing, setRemoving] = useState(false);
  return (
    <Item
      icon={<KeyIcon />}
      title={passkey.name}
      note={
        <>
          {passkey.authenticator && passkey.authenticator !== passkey.name
            ? `${passkey.authenticator} · `
            : ""}
          {t(passkey.synced ? "methods.passkeys.synced" : "methods.passkeys.bound")} ·{" "}
          {t(passkey.lastUsedAt ? "methods.used" : "methods.added")}{" "}
          <When at={passkey.lastUsedAt ?? passkey.createdAt} timeZone={timeZone} />
        </>
      }
    >
      <div className="flex gap-2">
        <Button
          look="quiet"
          aria-label={t("methods.passkeys.renameLabel", { name: passkey.name })}
          onClick={() => setRenaming(true)}
        >
          {t("methods.rename")}
        </Button>
        <Button
          look="quiet"
          aria-label={t("methods.passkeys.removeLabel", { name: passkey.name })}
          onClick={() => setRemoving(true)}
        >
          {t("methods.remove")}
        </Button>
      </div>
      <Dialog title={t("methods.passkeys.renameTitle")} open={renaming} onClose={() => setRenaming(false)}>
        <Rename passkey={passkey} onDone={() => setRenaming(false)} />
      </Dialog>
      <Dialog title={t("methods.passkeys.removeTitle")} open={removing} onClose={() => setRemoving(false)}>
        <Remove passkey={passkey} methods={methods} onDone={() => setRemoving(false)} />
      </Dialog>
    </Item>
  );
}

function Rename({ passkey, onDone }: { passkey: PasskeyView; onDone: () => void }) {
  const { t } = useTranslation();
  const { filled } = useRules();
  const [rename] = usePatchAccountPasskeysByIdMutation();
  const form = useForm({ name: passkey.name }, { name: filled }, async (values) => {
    const answer = await rename({ id: passkey.id, passkeyName: { name: values.name.trim() } });
    if (!answer.error) onDone();
    return answer.error;
  });
  return (
    <Form form={form}>
      <Field label={t("fields.name")} maxLength={64} {...form.text("name")} />
      <DialogButtons busy={form.busy} onCancel={onDone}>
        {t("common.save")}
      </DialogButtons>
    </Form>
  );
}

interface RemoveProps {
  passkey: PasskeyView;
  methods: MethodsView;
  onDone: () => void;
}

function Remove({ passkey, methods, onDone }: RemoveProps) {
  const { t } = useTranslation();
  const { username } = useUser();
  const [remove, { isLoading, error }] = useDeleteAccountPasskeysByIdMutation();
  const submit = async () => {
    const answer = await remove({ id: passkey.id });
    if (answer.error) return;
    const left = { ...methods, passkeys: methods.passkeys.filter((found) => found.id !== passkey.id) };
    void signalAll(left, username);
    onDone();
  };
  return (
    <ConfirmRemoval
      lead={t("methods.passkeys.removeLead", { name: passkey.name })}
      action={t("methods.remove")}
      error={error}
      busy={isLoading}
      onConfirm={() => void submit()}
      onCancel={onDone}
    />
  );
}
