import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { usePostAccountApiKeysMutation } from "../../api";
import type { OfferedScope } from "../../api/generated";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Field, inputLook } from "../../ui/Field";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";

const LIFETIMES = [7, 30, 90, 365];
const USUAL = "90";

/** Creates an API key with name, scopes and lifetime, and shows it once. */
export function NewApiKey({ scopes, onDone }: { scopes: OfferedScope[]; onDone: () => void }) {
  const { t } = useTranslation();
  const [secret, setSecret] = useState("");
  const [make, { isLoading }] = usePostAccountApiKeysMutation();
  const form = useForm({ defaultValues: { name: "", scopes: [] as string[], days: USUAL } });
  const { general, show, clear } = useServerErrors(form);
  const submit = form.handleSubmit(async ({ name, scopes: chosen, days }) => {
    clear();
    const answer = await make({
      newApiKeyRequest: { name: name.trim(), scopes: chosen, expiresInDays: Number(days) || null },
    });
    if (answer.data) setSecret(answer.data.secret);
    else show(answer.error);
  });
  if (secret) return <Made secret={secret} onDone={onDone} />;
  return (
    <form noValidate className="space-y-5" onSubmit={(event) => void submit(event)}>
      {general ? <ProblemNotice error={general} /> : null}
      <Field
        label={t("fields.name")}
        hint={t("apiKeys.nameHint")}
        maxLength={64}
        autoComplete="off"
        error={form.formState.errors.name?.message}
        {...form.register("name", { validate: (name) => name.trim() !== "" || t("errors.required") })}
      />
      {scopes.length > 0 ? (
        <fieldset>
          <legend className="mb-1.5 text-[0.95rem] font-semibold">{t("apiKeys.scopes")}</legend>
          <div className="max-h-56 overflow-y-auto rounded-xl border border-border-strong px-3.5 py-1">
            {scopes.map(({ scope, api }) => (
              <label key={scope} className="flex min-h-11 items-center gap-3 text-[0.95rem]">
                <input
                  type="checkbox"
                  value={scope}
                  className="size-5 shrink-0 accent-primary"
                  {...form.register("scopes")}
                />
                <code className="break-all">{scope}</code>
                <span className="ml-auto text-sm text-muted">{api}</span>
              </label>
            ))}
          </div>
        </fieldset>
      ) : null}
      <label className="block">
        <span className="mb-1.5 block text-[0.95rem] font-semibold">{t("apiKeys.expires")}</span>
        <select className={`${inputLook} border-border-strong`} {...form.register("days")}>
          {LIFETIMES.map((days) => (
            <option key={days} value={days}>
              {t("apiKeys.days", { count: days })}
            </option>
          ))}
          <option value="">{t("apiKeys.never")}</option>
        </select>
      </label>
      <div className="flex flex-wrap justify-end gap-3">
        <Button look="ghost" onClick={onDone}>
          {t("common.cancel")}
        </Button>
        <Button type="submit" busy={isLoading}>
          {t("apiKeys.make")}
        </Button>
      </div>
    </form>
  );
}

function Made({ secret, onDone }: { secret: string; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="space-y-5">
      <p role="status" className="leading-relaxed text-muted">
        {t("apiKeys.madeLead")}
      </p>
      <div className="rounded-xl bg-sunken p-4">
        <code className="text-[0.95rem] break-all">{secret}</code>
      </div>
      <p className="text-sm text-muted">{t("apiKeys.usage")}</p>
      <div className="flex flex-wrap justify-between gap-3">
        <CopyButton text={secret} />
        <Button onClick={onDone}>{t("common.done")}</Button>
      </div>
    </div>
  );
}
