import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useDeleteAccountMutation, useGetConfigQuery } from "../../api";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { DialogButtons, Form, Username } from "../../ui/Form";
import { PasswordField } from "../../ui/PasswordField";
import { useRules } from "../../ui/rules";
import { useForm } from "../../ui/useForm";
import { useSignedOut } from "../session/useSignedOut";
import { useUser } from "../session/useUser";

/** Deletes the account, after confirmation in a dialog with the password or another fresh proof. */
export function DeleteAccount({ hasPassword }: { hasPassword: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="danger" onClick={() => setOpen(true)}>
        {t("security.delete")}
      </Button>
      <Dialog title={t("security.deleteConfirm")} open={open} onClose={() => setOpen(false)}>
        <Confirm hasPassword={hasPassword} onCancel={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Confirm({ hasPassword, onCancel }: { hasPassword: boolean; onCancel: () => void }) {
  const { t } = useTranslation();
  const user = useUser();
  const { required } = useRules();
  const signedOut = useSignedOut();
  const days = useGetConfigQuery().data?.deletionGraceDays ?? 14;
  const [remove] = useDeleteAccountMutation();
  const rules = hasPassword ? { password: required } : {};
  const form = useForm({ password: "" }, rules, async (values) => {
    const answer = await remove({ deleteAccountRequest: hasPassword ? values : {} });
    if (!answer.error) await signedOut({ replace: true, state: { signedOut: true } });
    return answer.error;
  });
  return (
    <Form form={form}>
      <p className="leading-relaxed text-muted">{t("security.deleteLead", { count: days })}</p>
      <Username value={user.username} />
      {hasPassword ? (
        <PasswordField
          label={t("fields.currentPassword")}
          autoComplete="current-password"
          {...form.text("password")}
        />
      ) : null}
      <DialogButtons look="danger" busy={form.busy} onCancel={onCancel}>
        {t("security.deleteSubmit")}
      </DialogButtons>
    </Form>
  );
}
