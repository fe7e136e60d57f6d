import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useDeleteAccountApiKeysByIdMutation, useGetAccountApiKeysQuery, type ApiKeyView } from "../../api";
import { Button } from "../../ui/Button";
import { ConfirmRemoval } from "../../ui/ConfirmRemoval";
import { Dialog } from "../../ui/Dialog";
import { TerminalIcon } from "../../ui/icons";
import { Item } from "../../ui/Item";
import { Loading } from "../../ui/Loading";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { exact, When } from "../../ui/When";
import { useUser } from "../session/useUser";
import { NewApiKey } from "./NewApiKey";

/** The user's API keys: create, list and revoke them. */
export default function ApiKeysPage() {
  const { t } = useTranslation();
  const { data, isLoading, error } = useGetAccountApiKeysQuery();
  const [making, setMaking] = useState(false);
  return (
    <>
      <Heading title={t("apiKeys.title")} lead={t("apiKeys.lead")} />
      <div className="space-y-4">
        {error ? <ProblemNotice error={error} /> : null}
        {isLoading ? <Loading /> : null}
        {data?.apiKeys.length === 0 ? (
          <div className="rounded-2xl border border-dashed border-border-strong p-6 text-center sm:p-10">
            <p className="font-semibold">{t("apiKeys.none")}</p>
            <p className="mt-1 text-[0.95rem] text-muted">{t("apiKeys.offer")}</p>
          </div>
        ) : null}
        <ul className="space-y-3">
          {data?.apiKeys.map((key) => (
            <Row key={key.id} apiKey={key} />
          ))}
        </ul>
        {data ? <Button onClick={() => setMaking(true)}>{t("apiKeys.make")}</Button> : null}
      </div>
      <Dialog title={t("apiKeys.makeTitle")} open={making} onClose={() => setMaking(false)}>
        <NewApiKey scopes={data?.scopes ?? []} onDone={() => setMaking(false)} />
      </Dialog>
    </>
  );
}

function Row({ apiKey }: { apiKey: ApiKeyView }) {
  const { t, i18n } = useTranslation();
  const { timeZone } = useUser();
  const [revoking, setRevoking] = useState(false);
  return (
    <Item
      card
      icon={<TerminalIcon />}
      title={
        <>
          {apiKey.name} <code className="text-sm font-normal text-muted">vst_key_{apiKey.hint}…</code>
        </>
      }
      note={
        <>
          {apiKey.scopes.length > 0 ? (
            <span className="mb-1 flex flex-wrap gap-1.5 text-foreground">
              {apiKey.scopes.map((scope) => (
                <code key={scope} className="rounded-md bg-sunken px-2 py-0.5 break-all">
                  {scope}
                </code>
              ))}
            </span>
          ) : null}
          {apiKey.lastUsedAt ? (
            <>
              {t("apiKeys.used")} <When at={apiKey.lastUsedAt} timeZone={timeZone} />
            </>
          ) : (
            t("apiKeys.unused")
          )}{" "}
          ·{" "}
          {apiKey.expiresAt
            ? t("apiKeys.until", { date: exact(apiKey.expiresAt, i18n.language, timeZone) })
            : t("apiKeys.forever")}
        </>
      }
    >
      <Button
        look="quiet"
        aria-label={t("apiKeys.revokeLabel", { name: apiKey.name })}
        onClick={() => setRevoking(true)}
      >
        {t("apiKeys.revoke")}
      </Button>
      <Dialog title={t("apiKeys.revokeTitle")} open={revoking} onClose={() => setRevoking(false)}>
        <Revoke apiKey={apiKey} onDone={() => setRevoking(false)} />
      </Dialog>
    </Item>
  );
}

function Revoke({ apiKey, onDone }: { apiKey: ApiKeyView; onDone: () => void }) {
  const { t } = useTranslation();
  const [revoke, { isLoading, error }] = useDeleteAccountApiKeysByIdMutation();
  const submit = async () => {
    const answer = await revoke({ id: apiKey.id });
    if (!answer.error) onDone();
  };
  return (
    <ConfirmRemoval
      lead={t("apiKeys.revokeLead", { name: apiKey.name })}
      action={t("apiKeys.revoke")}
      error={error}
      busy={isLoading}
      onConfirm={() => void submit()}
      onCancel={onDone}
    />
  );
}
