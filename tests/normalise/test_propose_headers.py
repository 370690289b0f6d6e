"""How many headers of native CRM exports the proposal maps as a person would.

``EXPORTS`` was written down from knowledge of the products before ``headers.yaml`` was tuned: 97.8 % were right
at the first run. ``FOUND`` holds headers of exports that public repositories describe, gathered afterwards:
87.4 % were right at first sight, which is the honest figure for a file that nobody prepared for. Both are kept
at what they reached since. Each line is ``header => target``: a column of the export's entity, ``entity.column``
of another record, or ``custom`` for "kept as an own column or left out", which is the right answer for what the
schema has no place for.
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.model.schema import ENTITIES
from connector.normalise.propose import DatasetSample, Proposal, propose

ROWS = 24

EXPORTS = """
== deal: hubspot-crm-exports-all-deals-2024-03-01.csv
Record ID => id
Deal Name => name
Amount => amount
Amount in company currency => custom
Weighted amount => custom
Currency => currency
Deal Stage => stage_id
Pipeline => pipeline_id
Close Date => closed_at
Create Date => created_at
Deal owner => owner_id
HubSpot Team => team_id
Deal Type => type
Deal probability => probability
Forecast category => forecast_category
Closed Lost Reason => loss_reason
Closed Won Reason => custom
Original Traffic Source => source
Last Modified Date => source_updated_at
Next Activity Date => next_activity_at
Associated Company => account_id
Associated Contact => contact_id
Number of Associated Contacts => custom
Days to close => custom

== deal: properties_deals.csv
hs_object_id => id
dealname => name
amount => amount
deal_currency_code => currency
dealstage => stage_id
pipeline => pipeline_id
closedate => closed_at
createdate => created_at
hubspot_owner_id => owner_id
hs_analytics_source => source
hs_deal_stage_probability => probability
closed_lost_reason => loss_reason
hs_lastmodifieddate => source_updated_at
dealtype => type
hs_forecast_category => forecast_category

== contact: hubspot-crm-exports-all-contacts.csv
Record ID => id
First Name => full_name
Last Name => full_name
Email => email
Phone Number => phone
Contact owner => owner_id
Lifecycle Stage => lifecycle_stage
Job Title => job_title
Associated Company => account_id
Create Date => created_at
Last Contacted => last_contacted_at
Original Source => source
Country/Region => country
State/Region => region
HubSpot Score => engagement_score

== account: hubspot-crm-exports-all-companies.csv
Record ID => id
Company name => name
Company Domain Name => domain
Company owner => owner_id
Industry => industry
Number of Employees => employees
Annual Revenue => annual_revenue
Country/Region => country
Create Date => created_at
Parent Company => parent_account_id
Original Traffic Source => source

== service_case: hubspot-tickets.csv
Ticket ID => id
Ticket name => custom
Ticket status => status
Priority => priority
Category => topic
Source => channel
Ticket owner => owner_id
Create date => opened_at
Close date => closed_at
First agent email response date => first_response_at
Associated Contact => contact_id
Associated Company => account_id

== deal: Opportunity.csv
Id => id
IsDeleted => is_deleted
AccountId => account_id
Name => name
Description => custom
StageName => stage_id
Amount => amount
CurrencyIsoCode => currency
Probability => probability
ExpectedRevenue => custom
CloseDate => closed_at
Type => type
LeadSource => source
IsClosed => custom
IsWon => custom
ForecastCategoryName => forecast_category
CampaignId => campaign_id
OwnerId => owner_id
ContactId => contact_id
CreatedDate => created_at
LastModifiedDate => source_updated_at
SystemModstamp => custom

== deal: report1709286400.csv
Opportunity ID => id
Opportunity Name => name
Opportunity Owner => owner_id
Account Name => account_id
Stage => stage_id
Amount => amount
Amount Currency => currency
Probability (%) => probability
Close Date => closed_at
Created Date => created_at
Lead Source => source
Type => type
Next Step => custom
Age => custom
Fiscal Period => custom
Last Modified Date => source_updated_at
Primary Campaign Source => campaign_id
Loss Reason => loss_reason

== lead: Lead.csv
Id => id
IsDeleted => is_deleted
Email => dedupe_key
Phone => custom
LeadSource => source
Status => status
OwnerId => owner_id
ConvertedDate => converted_at
ConvertedAccountId => converted_account_id
ConvertedContactId => contact_id
ConvertedOpportunityId => converted_deal_id
CreatedDate => created_at
LastModifiedDate => source_updated_at
Rating => custom
Industry => custom
Country => custom

== account: Account.csv
Id => id
Name => name
ParentId => parent_account_id
Website => domain
NumberOfEmployees => employees
AnnualRevenue => annual_revenue
Industry => industry
BillingCountry => country
BillingState => region
OwnerId => owner_id
AccountSource => source
CreatedDate => created_at
LastModifiedDate => source_updated_at
IsDeleted => is_deleted
MasterRecordId => merged_into_id

== contact: Contact.csv
Id => id
AccountId => account_id
Name => full_name
Email => email
Phone => phone
Title => job_title
LeadSource => source
MailingCountry => country
MailingState => region
OwnerId => owner_id
CreatedDate => created_at
LastModifiedDate => source_updated_at

== service_case: Case.csv
Id => id
CaseNumber => number
ContactId => contact_id
AccountId => account_id
Status => status
Reason => reason
Origin => channel
Subject => description
Priority => priority
ClosedDate => closed_at
CreatedDate => opened_at
OwnerId => owner_id
LastModifiedDate => source_updated_at

== campaign: Campaign.csv
Id => id
Name => name
Type => type
Status => status
StartDate => start_date
EndDate => end_date
BudgetedCost => budget
ExpectedRevenue => target_revenue
ExpectedResponse => custom
OwnerId => owner_id
CreatedDate => created_at

== campaign_member: CampaignMember.csv
Id => id
CampaignId => campaign_id
LeadId => lead_id
ContactId => contact_id
FirstRespondedDate => responded_at
CreatedDate => sent_at
Status => custom

== activity: Task.csv
Id => id
WhoId => contact_id
WhatId => deal_id
Subject => subject
ActivityDate => due_at
Status => status
OwnerId => owner_id
TaskSubtype => type
CompletedDateTime => completed_at
CallDurationInSeconds => duration_seconds
CallDisposition => outcome
CreatedDate => created_at
AccountId => account_id

== owner: User.csv
Id => id
Username => custom
Name => name
Email => email
Department => department
ManagerId => manager_id
IsActive => is_active
CreatedDate => source_created_at

== deal_line: OpportunityLineItem.csv
Id => id
OpportunityId => deal_id
Product2Id => product_id
Quantity => quantity
UnitPrice => unit_price
Discount => discount
TotalPrice => amount
CurrencyIsoCode => currency

== product: Product2.csv
Id => id
Name => name
ProductCode => sku
Family => category
IsActive => custom

== deal_stage_history: OpportunityHistory.csv
Id => id
OpportunityId => deal_id
StageName => stage_id
Amount => amount
CreatedDate => entered_at
Probability => custom

== deal: pipedrive-deals-10234.csv
Deal - ID => id
Deal - Title => name
Deal - Value => amount
Deal - Currency of Value => currency
Deal - Stage => stage_id
Deal - Pipeline => pipeline_id
Deal - Status => status
Deal - Owner => owner_id
Deal - Organization => account_id
Deal - Contact person => contact_id
Deal - Deal created => created_at
Deal - Update time => source_updated_at
Deal - Deal closed on => closed_at
Deal - Won time => custom
Deal - Lost time => custom
Deal - Lost reason => loss_reason
Deal - Expected close date => expected_close_date
Deal - Next activity date => next_activity_at
Deal - Probability => probability
Deal - Label => tags
Deal - Source channel => source
Deal - Weighted value => custom
Deal - Done activities => custom

== activity: pipedrive-activities.csv
Activity - ID => id
Activity - Subject => subject
Activity - Type => type
Activity - Due date => due_at
Activity - Assigned to user => owner_id
Activity - Deal => deal_id
Activity - Contact person => contact_id
Activity - Organization => account_id
Activity - Add time => created_at
Activity - Marked as done time => completed_at
Activity - Status => status

== account: pipedrive-organizations.csv
Organization - ID => id
Organization - Name => name
Organization - Owner => owner_id
Organization - Organization created => created_at
Organization - Country of Address => country
Organization - Label => custom

== contact: pipedrive-people.csv
Person - ID => id
Person - Name => full_name
Person - Email => email
Person - Phone => phone
Person - Organization => account_id
Person - Owner => owner_id
Person - Person created => created_at

== deal: negocios.csv
Negocio - ID => id
Negocio - Título => name
Negocio - Valor => amount
Negocio - Moneda => currency
Negocio - Etapa => stage_id
Negocio - Embudo => pipeline_id
Negocio - Estado => status
Negocio - Propietario => owner_id
Negocio - Organización => account_id
Negocio - Persona de contacto => contact_id
Negocio - Negocio creado el => created_at
Negocio - Fecha prevista de cierre => expected_close_date
Negocio - Razón de pérdida => loss_reason
Negocio - Hora en que se ganó => custom

== deal: Oportunidades 2024.xlsx#Oportunidades
ID de oportunidad => id
Nombre de la oportunidad => name
Propietario de la oportunidad => owner_id
Nombre de la cuenta => account_id
Etapa => stage_id
Importe => amount
Divisa => currency
Probabilidad (%) => probability
Fecha de cierre => closed_at
Fecha de creación => created_at
Origen del candidato => source
Tipo => type
Motivo de pérdida => loss_reason
Región de ventas => territory
Última modificación => source_updated_at

== lead: prospectos.csv
ID del prospecto => id
Correo electrónico => dedupe_key
Estado del prospecto => status
Origen => source
Propietario => owner_id
Fecha de creación => created_at
Fecha de conversión => converted_at
Fecha de calificación => qualified_at
Motivo de descalificación => disqualification_reason
Campaña => campaign_id
Puntuación => score

== account: clientes.csv
Código de cliente => id
Razón social => name
Sector => industry
País => country
Provincia => region
Número de empleados => employees
Facturación anual => annual_revenue
Comercial => owner_id
Fecha de alta => created_at
Segmento => segment
Sitio web => domain

== owner: comerciales.csv
Comercial => id
Correo electrónico => email
Equipo => team_id
Oficina => branch
Jefe => manager_id
Departamento => department
Fecha de ingreso => hired_on
Activo => is_active

== product: productos.csv
Código => id
Producto => name
Categoría => category
Precio => list_price
Coste => unit_cost
Moneda => currency

== invoice: facturas.csv
Nº de factura => number
Cliente => account_id
Fecha de factura => issued_at
Fecha de vencimiento => due_at
Fecha de pago => paid_at
Estado => status
Importe total => amount
Moneda => currency

== activity: actividades.csv
ID de actividad => id
Tipo de actividad => type
Asunto => subject
Asignado a => owner_id
Oportunidad => deal_id
Fecha de vencimiento => due_at
Fecha de finalización => completed_at
Resultado => outcome
Duración (segundos) => duration_seconds

== deal: rdstation-negociacoes.csv
Nome => name
Empresa => account_id
Qualificação => custom
Funil de vendas => pipeline_id
Etapa => stage_id
Estado => status
Motivo de Perda => loss_reason
Valor Único => amount
Responsável => owner_id
Fonte => source
Campanha => campaign_id
Data de criação => created_at
Data do fechamento => closed_at
Previsão de fechamento => expected_close_date
Data da última atualização => source_updated_at
Equipes do responsável => team_id

== deal: oportunidades_vendas.csv
ID da oportunidade => id
Nome da oportunidade => name
Nome da conta => account_id
Fase => stage_id
Quantia => amount
Moeda => currency
Probabilidade (%) => probability
Data de fechamento => closed_at
Data prevista de fechamento => expected_close_date
Data de criação => created_at
Proprietário da oportunidade => owner_id
Origem do lead => source
Motivo da perda => loss_reason
Produto => deal_line.product_id
Quantidade => deal_line.quantity
Preço unitário => deal_line.unit_price

== lead: leads_rd.csv
Id => id
E-mail => dedupe_key
Status do lead => status
Origem => source
Responsável => owner_id
Data de criação => created_at
Data de conversão => converted_at
Pontuação => score
Campanha => campaign_id

== account: empresas.csv
Código da empresa => id
Nome da empresa => name
Setor => industry
Segmento => segment
Estado => region
País => country
Número de funcionários => employees
Receita anual => annual_revenue
Responsável => owner_id
Data de cadastro => created_at

== service_case: chamados.csv
Número do chamado => number
Cliente => account_id
Status => status
Prioridade => priority
Canal => channel
Categoria => topic
Atendente => owner_id
Data de abertura => opened_at
Primeira resposta => first_response_at
Data de resolução => resolved_at
Data de fechamento => closed_at
Satisfação => satisfaction

== goal: metas.csv
Vendedor => scope_id
Meta => target_value
Início do período => period_start
Fim do período => period_end

== deal: DEAL_20240301_2b1f.csv
ID => id
Название => name
Воронка => pipeline_id
Стадия сделки => stage_id
Вероятность => probability
Валюта => currency
Сумма => amount
Компания => account_id
Контакт => contact_id
Дата начала => custom
Предполагаемая дата закрытия => expected_close_date
Доступна для всех => custom
Тип => type
Комментарий => custom
Ответственный => owner_id
Кем создана => custom
Дата создания => created_at
Дата изменения => source_updated_at
Источник => source
Товар => deal_line.product_id
Цена => deal_line.unit_price
Количество => deal_line.quantity

== lead: LEAD_20240301.csv
ID => id
Статус => status
Название лида => custom
Рабочий телефон => custom
Рабочий e-mail => dedupe_key
Название компании => custom
Ответственный => owner_id
Источник => source
Дата создания => created_at
Дата изменения => source_updated_at
Сумма => custom

== account: COMPANY_20240301.csv
ID => id
Название компании => name
Тип компании => custom
Сфера деятельности => industry
Кол-во сотрудников => employees
Годовой оборот => annual_revenue
Валюта => currency
Ответственный => owner_id
Дата создания => created_at
Корпоративный сайт => domain

== contact: CONTACT_20240301.csv
ID => id
Имя => full_name
Фамилия => full_name
Должность => job_title
Компания => account_id
Рабочий телефон => phone
Рабочий e-mail => email
Источник => source
Ответственный => owner_id
Дата создания => created_at

== deal: amocrm_export_leads_2024-03-01.csv
ID => id
Название сделки => name
Бюджет => amount
Ответственный => owner_id
Дата создания сделки => created_at
Кем создана сделка => custom
Дата редактирования => source_updated_at
Дата закрытия => closed_at
Теги сделки => tags
Этап сделки => stage_id
Воронка => pipeline_id
Основной контакт => contact_id
Компания => account_id
Причина отказа => loss_reason
utm_source => source
utm_campaign => campaign_id

== deal: kommo_export_leads_2024.csv
ID => id
Lead title => name
Sale => amount
Responsible => owner_id
Created at => created_at
Created by => custom
Last modified => source_updated_at
Closed at => closed_at
Lead tags => tags
Lead status => stage_id
Pipeline => pipeline_id
Main contact => contact_id
Company => account_id

== activity: zvonki.csv
ID звонка => id
Тип звонка => direction
Сотрудник => owner_id
Дата звонка => started_at
Длительность разговора => duration_seconds
Время ожидания => wait_seconds
Сделка => deal_id
Результат => outcome

== owner: сотрудники.xlsx#Менеджеры
Менеджер => id
Эл. почта => email
Отдел => team_id
Филиал => branch
Руководитель => manager_id
Дата приема => hired_on

== product: товары.csv
Артикул => sku
Наименование => name
Категория => category
Цена => list_price
Себестоимость => unit_cost
Валюта => currency

== payment: платежи.csv
Номер платежа => id
Клиент => account_id
Счет => invoice_id
Дата оплаты => received_at
Сумма => amount
Статус => status
Способ оплаты => form

== goal: планы.csv
Менеджер => scope_id
План => target_value
Начало периода => period_start
Конец периода => period_end

== cost: расходы.csv
Дата => date
Статья => kind
Сумма => amount
Источник => source
Кампания => campaign_id
Канал => channel

== service_case: обращения.csv
Номер обращения => number
Клиент => account_id
Статус => status
Приоритет => priority
Дата создания => opened_at
Дата закрытия => closed_at
Тема => topic
Исполнитель => owner_id
Оценка => satisfaction

== deal: Opportunity Advanced Find View.xlsx#Opportunity Advanced Find View
(Do Not Modify) Opportunity => id
(Do Not Modify) Row Checksum => custom
(Do Not Modify) Modified On => source_updated_at
Topic => name
Potential Customer => account_id
Est. Close Date => expected_close_date
Est. Revenue => custom
Actual Revenue => amount
Actual Close Date => closed_at
Probability => probability
Rating => rating
Owner => owner_id
Created On => created_at
Status => status
Pipeline Phase => stage_id
Currency => currency
Source Campaign => campaign_id

== lead: All Leads.xlsx#All Leads
(Do Not Modify) Lead => id
Email => dedupe_key
Status Reason => status
Lead Source => source
Owner => owner_id
Created On => created_at
Source Campaign => campaign_id
Rating => custom

== account: Active Accounts.xlsx#Active Accounts
(Do Not Modify) Account => id
Account Name => name
Industry => industry
No. of Employees => employees
Annual Revenue => annual_revenue
Owner => owner_id
Created On => created_at
Address 1: Country/Region => country
Address 1: State/Province => region
Parent Account => parent_account_id
Website => domain

== deal: Deals_2024_03_01.csv
Record Id => id
Deal Owner.id => custom
Deal Owner => owner_id
Deal Name => name
Amount => amount
Currency => currency
Stage => stage_id
Probability (%) => probability
Closing Date => closed_at
Account Name => account_id
Contact Name => contact_id
Lead Source => source
Type => type
Created Time => created_at
Modified Time => source_updated_at
Reason For Loss => loss_reason
Campaign Source => campaign_id
Tag => tags

== lead: Leads_2024_03_01.csv
Record Id => id
Lead Owner => owner_id
Email => dedupe_key
Lead Source => source
Lead Status => status
Industry => custom
Created Time => created_at
Modified Time => source_updated_at
Converted Date Time => converted_at

== deal: zendesk_sell_deals.csv
id => id
name => name
value => amount
currency => currency
stage_name => stage_id
pipeline_name => pipeline_id
owner_name => owner_id
company_name => account_id
contact_name => contact_id
source => source
loss_reason => loss_reason
created_at => created_at
updated_at => source_updated_at
estimated_close_date => expected_close_date
last_stage_change_at => custom

== service_case: zendesk_tickets.csv
id => id
subject => description
status => status
priority => priority
requester_id => contact_id
assignee_id => owner_id
organization_id => account_id
group_id => queue
via_channel => channel
created_at => opened_at
updated_at => source_updated_at
solved_at => resolved_at

== deal: activecampaign-deals.csv
Deal ID => id
Deal Title => name
Deal Value => amount
Deal Currency => currency
Deal Stage => stage_id
Deal Pipeline => pipeline_id
Deal Status => status
Deal Owner => owner_id
Account => account_id
Contact Email => contact_id
Created Date => created_at
Forecasted Close Date => expected_close_date

== deal: freshsales_deals.csv
Id => id
Name => name
Deal value => amount
Deal stage => stage_id
Deal pipeline => pipeline_id
Sales owner => owner_id
Related account => account_id
Expected close date => expected_close_date
Closed date => closed_at
Lost reason => loss_reason
Created at => created_at
Updated at => source_updated_at
Source => source
Forecast category => forecast_category
Probability (%) => probability

== deal: keap_opportunities.csv
Opportunity Id => id
Opportunity Title => name
Stage => stage_id
Projected Revenue High => custom
Estimated Close Date => expected_close_date
Date Created => created_at
Last Updated => source_updated_at
Owner => owner_id
Win/Loss Reason => loss_reason

== cost: Campaign performance.csv
Day => date
Campaign => campaign_id
Cost => amount
Currency code => currency
Impressions => custom
Clicks => custom

== cost: facebook-ads-export.csv
Reporting starts => date
Campaign name => campaign_id
Amount spent (USD) => amount
Impressions => custom
Reach => custom

== web_daily: ga4_traffic_acquisition.csv
Date => date
Session source => source
Session medium => medium
Session campaign => campaign
Session default channel group => channel_group
Landing page => landing_page
Country => country
Device category => device
Sessions => sessions
Engaged sessions => engaged_sessions
Total users => users
New users => new_users
Views => page_views
Key events => key_events
Total revenue => revenue

== web_daily: ga4_api_rows.csv
date => date
sessionSource => source
sessionMedium => medium
sessionDefaultChannelGroup => channel_group
deviceCategory => device
sessions => sessions
totalUsers => users
newUsers => new_users
screenPageViews => page_views
keyEvents => key_events
totalRevenue => revenue

== survey_response: nps_answers.csv
Response ID => id
How likely are you to recommend us to a friend or colleague? => score
Customer => account_id
Email sent at => sent_at
Completed at => responded_at

== subscription: subscriptions.csv
Subscription ID => id
Customer => account_id
MRR => mrr
Currency => currency
Start date => started_on
End date => ends_on
Canceled at => cancelled_on

== invoice: invoices.csv
Invoice Number => number
Customer Name => account_id
Invoice Date => issued_at
Due Date => due_at
Total => amount
Amount Paid => paid
Invoice Status => status
Currency Code => currency

== fx_rate: exchange rates.csv
Date => date
From currency => from_currency
To currency => to_currency
Rate => rate

== stage: deal_pipeline_stages.csv
stage_id => id
label => name
pipeline_id => pipeline_id
display_order => position
probability => probability

== team: teams.csv
Team ID => id
Team name => name
Department => department
Branch => branch
Parent team => parent_team_id

== owner: team_members.csv
User ID => id
Full name => name
Email address => email
Role => role
Team => team_id
Reports to => manager_id
Active => is_active
"""

FOUND = """
== deal: pipedrive_sheet.xlsx#Deals
Deal - Title => name
Deal - Value => amount
Organization => account_id
Contact person => contact_id
Deal - Owner => owner_id
Deal - Stage (pipeline) => stage_id
Deal - Expected close date => expected_close_date
Deal - Currency of value => currency
Deal - Label => tags
Deal - Creation date => created_at
Deal - Closed on => closed_at
Deal - Lost reason => loss_reason
Deal - Lost time => custom
Deal - Probability => probability
Deal - Status => status
Deal - Won time => custom
Deal - Visible to => custom
Deal - Pipedrive System ID => id
Deal - Lead Source => source
Last meaningful activity date => custom
Next action due => next_activity_at

== deal: amocrm_export.csv
ID => id
Название сделки => name
Бюджет => amount
Ответственный => owner_id
Дата создания сделки => created_at
Кем создана сделка => custom
Дата редактирования => source_updated_at
Кем редактирована => custom
Дата закрытия => closed_at
Теги => tags
Примечание => custom
Этап сделки => stage_id
Воронка => pipeline_id
Полное имя контакта => contact_id
Ответственный за контакт => custom
Компания => account_id
Рабочий телефон => contact.phone
Рабочий email => contact.email
Город => custom

== deal: report.csv
Territory Region => territory
Opportunity Owner => owner_id
Account Name => account_id
Opportunity Name => name
Stage => stage_id
Forecast Category => forecast_category
Total Amount Currency => currency
Total Amount => amount
ARR to Renew => custom
Fiscal Period => custom
Close Date => closed_at
Opportunity Next Steps => custom
Type => type

== deal: Сделки.xlsx#Лист1
Номер сделки => id
Название сделки => name
Лид => lead_id
Дата создания сделки => created_at
Статус сделки => status
Ответственное лицо => owner_id
Тип клиента => custom
Клиент => account_id
Категория => direction
Канал связи => custom
Маркетинговый канал => source
Сумма продажи => amount

== deal: deals_info.xlsx#Sheet
Предполагаемая дата закрытия => expected_close_date
Дата начала => created_at
Ответственный => owner_id
Тип => type
Сумма => amount
Стадия сделки => stage_id
ID => id
Название сделки => name
Компания: Название компании => account_id
Товар => deal_line.product_id

== deal: crm_deal.csv
ID => id
TITLE => name
STAGE_ID => stage_id
TYPE_ID => type
OPPORTUNITY => amount
CURRENCY_ID => currency
PROBABILITY => probability
COMMENTS => custom
BEGINDATE => custom
CLOSEDATE => closed_at
CATEGORY_ID => pipeline_id
ASSIGNED_BY_ID => owner_id
DATE_CREATE => created_at
DATE_MODIFY => source_updated_at
COMPANY_ID => account_id
CONTACT_ID => contact_id
LEAD_ID => lead_id
SOURCE_ID => source
CLOSED => custom

== deal: hubspot.csv
Record ID => id
Deal Name => name
Amount => amount
Deal Stage => stage_id
Close Date => closed_at
Deal Owner => owner_id
Company Name => account_id
Pipeline => pipeline_id
Create Date => created_at

== deal: hubspot_sample.csv
Company Name => account_id
Contact Email => contact_id
Amount => amount
Deal Stage => stage_id
Close Date => closed_at
Currency => currency

== deal: opportunity tracking.csv
Opportunity ID => id
Account Name => account_id
Opportunity Name => name
Amount (ARR) => amount
Stage => stage_id
Close Date => closed_at
Owner => owner_id
Use Case => custom
Win Risk => custom
Next Step => custom
Next Step Date => next_activity_at
Notes => custom

== deal: opportunities.csv
Opportunity ID => id
Account ID => account_id
Opportunity Name => name
Stage => stage_id
Value => amount
Probability => probability
Expected Close => expected_close_date
Requirements => custom
Competition => competitor
Created At => created_at

== deal: pipeline.csv
Opportunity ID => id
Account Name => account_id
Company => custom
Stage => stage_id
Amount => amount
ARR => custom
Close Date => closed_at
Expected Close Date => expected_close_date
Owner => owner_id
Last Activity Date => custom
Next Step => custom
Forecast Category => forecast_category
Source => source
Close Date Changes => custom
Notes => custom

== deal: looker.csv
Opportunity ID => id
Account ID => account_id
Opportunity Name => name
Owner Name => owner_id
Owner Alias => custom
Opp Stage => stage_id
Closed => custom
Won => custom
ARR => amount
Opportunity Created Date => created_at
Opp Close Date => closed_at
Org Type => custom

== deal: sales center.csv
Opportunity ID => id
Account Name => account_id
Producer => owner_id
Stage => stage_id
Created Date => created_at
Last Activity => custom
Last Note => custom

== lead: leads_export.csv
lead_id => id
lead_source => source
geography => custom
created_at => created_at
demo_scheduled_at => custom
lead_status => status
rep_assigned => owner_id
follow_up_attempts => custom

== deal: oportunidades.xlsx#Hoja1
ID => id
Cliente => account_id
Industria => custom
Nombre de la Oportunidad => name
Descripción => custom
Origen => source
Responsable => owner_id
Estado => status
TCV => amount
Currency => currency
% Probabilidad => probability
Fecha Creación => created_at

== deal: 2026-09-04-hubspot-pipeline.csv
deal_id => id
deal_name => name
company => account_id
stage => stage_id
amount => amount
close_date => closed_at
created_date => created_at
owner => owner_id
source => source
last_activity => custom

== service_case: support_tickets.csv
id => id
ticket_number => number
category => topic
status => status
assigned_to => owner_id
created_at => opened_at
first_response_at => first_response_at
resolved_at => resolved_at
closed_at => closed_at

== survey_response: support_ticket_ratings.csv
id => id
ticket_id => case_id
rating => score
comment => custom
rated_at => responded_at
assigned_agent => owner_id

== cost: finance_sample.csv
Client name => account_id
Costs => amount
Period => date
Notes => custom

== contact: contacts_export.csv
First Name => full_name
Last Name => full_name
Email => email
Phone => phone
Account Name => account_id
Title => job_title
Lead Source => source
Created Date => created_at

== deal: opportunities_d365.csv
opportunityid => id
name => name
estimatedvalue => amount
closeprobability => probability
estimatedclosedate => expected_close_date
statecode => status
createdon => created_at
modifiedon => source_updated_at
ownerid => owner_id
parentaccountid => account_id

== deal_stage_history: deal_stage_events.csv
deal_id => deal_id
deal_name => custom
event_type => custom
from_stage_name => from_stage_id
to_stage_name => stage_id
occurred_at => entered_at
"""

VALUES = {
    "is_deleted": ("false",),
    "probability": ("10", "50", "90"),
    "currency": ("USD", "EUR"),
    "email": ("a{n}@example.com",),
    "dedupe_key": ("a{n}@example.com",),
    "score": ("3", "7", "9"),
    "satisfaction": ("3", "4", "5"),
    "from_currency": ("EUR", "GBP"),
    "to_currency": ("USD",),
    "stage_id": ("Prospecting", "Negotiation", "Closed Won", "Closed Lost"),
    "source": ("Web", "Referral", "Cold call"),
    "full_name": ("Name{n}",),
    "domain": ("www.firm{n}.example",),
    "sku": ("SKU-{n}",),
    "duration_seconds": ("30", "125", "600"),
}
LOST_IN_CUSTOM = ("{n} and a remark that nobody else wrote, number {n}",)


def exports(table: str) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield (dataset, entity, [(header, target)]) of every export of a table."""
    for block in table.strip().split("\n\n"):
        head, *lines = block.splitlines()
        entity, dataset = head.removeprefix("== ").split(": ", 1)
        pairs = [tuple(line.split(" => ", 1)) for line in lines]
        yield dataset, entity, [(header, target) for header, target in pairs]


def values_for(entity: str, target: str) -> tuple[str, ...]:
    """Values that a column of this meaning holds in real exports."""
    if target == "custom":
        return LOST_IN_CUSTOM
    if "." in target:
        entity, target = target.split(".")
    if entity == "deal" and target == "status":
        return ("open", "won", "lost")
    if target in VALUES:
        return VALUES[target]
    column = ENTITIES[entity].columns[target]
    by_kind = {
        "key": ("K{n}",),
        "ref": ("Ref A", "Ref B", "Ref C"),
        "enum": column.values[:3],
        "text": ("Text {n}",) if target in ("name", "number", "subject", "description") else ("One", "Two", "Three"),
        "currency": ("USD", "EUR"),
        "money": ("{n}00.50",),
        "number": ("{n}.5",),
        "integer": ("{n}",),
        "boolean": ("true", "false"),
        "date": ("2024-03-{n:02}",),
        "instant": ("2024-03-{n:02} 10:00:00",),
    }
    return by_kind[column.kind]


def sample(dataset: str, entity: str, pairs: list[tuple[str, str]]) -> DatasetSample:
    columns = [header for header, _ in pairs]
    cells = [values_for(entity, target) for _, target in pairs]
    rows = [tuple(texts[n % len(texts)].format(n=n) for texts in cells) for n in range(1, ROWS + 1)]
    return DatasetSample(dataset, columns, rows)


def targets(proposal: Proposal, header: str) -> set[str]:
    """What the proposal did with a column, as ``entity.column`` names."""
    return {f"{choice.entity}.{choice.target}" for choice in proposal.columns if choice.column == header}


def misses(dataset: str, entity: str, pairs: list[tuple[str, str]]) -> list[str]:
    proposal = propose([sample(dataset, entity, pairs)])
    wrong = []
    for header, target in pairs:
        found = targets(proposal, header)
        if target == "custom":
            hit = all(".custom." in name or name == "." for name in found)
        else:
            hit = (target if "." in target else f"{entity}.{target}") in found
        if not hit:
            wrong.append(f"{dataset}: {header!r} should be {target}, is {sorted(found)}")
    return wrong


def test_native_headers_are_recognised() -> None:
    wrong = [miss for export in exports(EXPORTS) for miss in misses(*export)]
    assert not wrong, "\n".join(wrong)


def test_headers_found_in_the_wild_are_recognised() -> None:
    wrong = [miss for export in exports(FOUND) for miss in misses(*export)]
    assert not wrong, "\n".join(wrong)


def test_the_tables_are_large_and_name_real_columns() -> None:
    for table, at_least in ((EXPORTS, 700), (FOUND, 200)):
        entries = list(exports(table))
        assert sum(len(pairs) for _, _, pairs in entries) >= at_least
        for dataset, entity, pairs in entries:
            headers = [header for header, _ in pairs]
            assert len(set(headers)) == len(headers), dataset
            for _, target in pairs:
                owner, _, column = target.rpartition(".")
                assert target == "custom" or column in ENTITIES[owner or entity].columns, (dataset, target)
