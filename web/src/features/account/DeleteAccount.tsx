import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { api, useDeleteAccountMutation, useGetConfigQuery } from "../../api";
import { forgetTokens } from "../../api/tokenSession";
import { useAppDispatch } from "../../app/store";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";
import { tellOtherTabs } from "../session/tabs";
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
  const days = useGetConfigQuery().data?.deletionGraceDays ?? 14;
  const form = useForm({ defaultValues: { password: "" } });
  const { general, show, clear } = useServerErrors(form);
  const { remove, busy } = useDeletion(show);
  const submit = form.handleSubmit((values) => {
    clear();
    return remove(hasPassword ? values.password : undefined);
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
      <p className="leading-relaxed text-muted">{t("security.deleteLead", { count: days })}</p>
      {general ? <ProblemNotice error={general} /> : null}
      <input type="text" name="username" autoComplete="username" value={user.username} readOnly hidden />
      {hasPassword ? (
        <PasswordField
          label={t("fields.currentPassword")}
          autoComplete="current-password"
          error={form.formState.errors.password?.message}
          {...form.register("password", { required: t("errors.required") })}
        />
      ) : null}
      <div className="flex flex-wrap justify-end gap-3">
        <Button look="ghost" onClick={onCancel}>
          {t("common.cancel")}
        </Button>
        <Button type="submit" look="danger" busy={busy}>
          {t("security.deleteSubmit")}
        </Button>
      </div>
    </form>
  );
}

function useDeletion(show: (error: unknown) => void) {
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const [remove, { isLoading }] = useDeleteAccountMutation();
  return {
    busy: isLoading,
    remove: async (password: string | undefined) => {
      const answer = await remove({ deleteAccountRequest: password === undefined ? {} : { password } });
      if (answer.error) {
        show(answer.error);
        return;
      }
      forgetTokens();
      await navigate("/auth/sign-in", { replace: true, state: { signedOut: true } });
      dispatch(api.util.resetApiState());
      tellOtherTabs();
    },
  };
}
