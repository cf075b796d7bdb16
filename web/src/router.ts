import { createRouter, createWebHistory } from "vue-router";
import { i18n } from "./i18n";

declare module "vue-router" {
  interface RouteMeta { title: string }
}

// Every page but the queue is fetched when it is first opened.
export const router = createRouter({
  history: createWebHistory("/desk/"),
  scrollBehavior: (to, from, saved) => (to.path === from.path ? undefined : saved ?? { top: 0 }),
  routes: [
    { path: "/", component: () => import("./views/QueueView.vue"), meta: { title: "menu.queue" } },
    { path: "/inbox", component: () => import("./views/InboxView.vue"), meta: { title: "menu.inbox" } },
    { path: "/entries", component: () => import("./views/EntriesView.vue"), meta: { title: "menu.entries" } },
    { path: "/entries/new", component: () => import("./views/EntryNewView.vue"), meta: { title: "entry.new" } },
    { path: "/entries/:id", component: () => import("./views/EntryView.vue"), props: true, meta: { title: "menu.entries" } },
    { path: "/entries/:id/contact", component: () => import("./views/ContactNewView.vue"), props: true, meta: { title: "contact.ask" } },
    { path: "/matches", component: () => import("./views/MatchesView.vue"), meta: { title: "menu.matches" } },
    { path: "/match-tuning", component: () => import("./views/MatchTuningView.vue"), meta: { title: "menu.match_tuning" } },
    { path: "/imports", component: () => import("./views/ImportView.vue"), meta: { title: "menu.imports" } },
    { path: "/contacts", component: () => import("./views/ContactsView.vue"), meta: { title: "menu.contacts" } },
    { path: "/contacts/:id", component: () => import("./views/ContactView.vue"), props: true, meta: { title: "menu.contacts" } },
    { path: "/rooms/:id", component: () => import("./views/RoomView.vue"), props: true, meta: { title: "room.title" } },
    { path: "/agreements", component: () => import("./views/AgreementsView.vue"), meta: { title: "menu.agreements" } },
    { path: "/agreements/new", component: () => import("./views/AgreementNewView.vue"), meta: { title: "agreement.new" } },
    { path: "/agreements/:id", component: () => import("./views/AgreementView.vue"), props: true, meta: { title: "agreement.title" } },
    { path: "/notices", component: () => import("./views/NoticesView.vue"), meta: { title: "menu.notices" } },
    { path: "/notices/:id", component: () => import("./views/NoticeView.vue"), props: true, meta: { title: "notice.title" } },
    { path: "/listings", component: () => import("./views/ListingsView.vue"), meta: { title: "listing.title" } },
    { path: "/listings/new", component: () => import("./views/ListingNewView.vue"), meta: { title: "listing.new" } },
    { path: "/listings/:id", component: () => import("./views/ListingView.vue"), props: true, meta: { title: "listing.title" } },
    { path: "/deposits", component: () => import("./views/DepositsView.vue"), meta: { title: "listing.deposits" } },
    { path: "/auctions", component: () => import("./views/AuctionsView.vue"), meta: { title: "menu.auctions" } },
    { path: "/auctions/:id", component: () => import("./views/AuctionConsoleView.vue"), props: true, meta: { title: "menu.auctions" } },
    { path: "/objections", component: () => import("./views/ObjectionsView.vue"), meta: { title: "menu.objections" } },
    { path: "/contracts", component: () => import("./views/ContractsView.vue"), meta: { title: "menu.contracts" } },
    { path: "/contracts/new", component: () => import("./views/ContractNewView.vue"), meta: { title: "contract.new" } },
    { path: "/registry", component: () => import("./views/RegistryView.vue"), meta: { title: "registry.title" } },
    { path: "/contracts/:id", component: () => import("./views/ContractView.vue"), props: true, meta: { title: "menu.contracts" } },
    { path: "/programmes", component: () => import("./views/ProgrammesView.vue"), meta: { title: "menu.programmes" } },
    { path: "/programmes/:code", component: () => import("./views/ProgrammeView.vue"), props: true, meta: { title: "menu.programmes" } },
    { path: "/applications", component: () => import("./views/ApplicationsView.vue"), meta: { title: "menu.applications" } },
    { path: "/applications/:id", component: () => import("./views/ApplicationView.vue"), props: true, meta: { title: "menu.applications" } },
    { path: "/reviews", component: () => import("./views/ReviewsView.vue"), meta: { title: "menu.reviews" } },
    { path: "/reviews/:id", component: () => import("./views/ScoringView.vue"), props: true, meta: { title: "menu.reviews" } },
    { path: "/follow-ups/:id", component: () => import("./views/FollowUpView.vue"), props: true, meta: { title: "programme.follow_ups" } },
    { path: "/programme-objections/:id", component: () => import("./views/ProgrammeObjectionView.vue"), props: true, meta: { title: "menu.objections" } },
    { path: "/organisations", component: () => import("./views/OrganisationsView.vue"), meta: { title: "menu.organisations" } },
    { path: "/organisations/:id", component: () => import("./views/OrganisationView.vue"), props: true, meta: { title: "menu.organisations" } },
    { path: "/people", component: () => import("./views/PeopleView.vue"), meta: { title: "menu.people" } },
    { path: "/subscriptions", component: () => import("./views/SubscriptionsView.vue"), meta: { title: "menu.subscriptions" } },
    { path: "/settings", component: () => import("./views/SettingsView.vue"), meta: { title: "menu.settings" } },
    { path: "/cases/:process/:subject", component: () => import("./views/CaseView.vue"), props: true, meta: { title: "menu.queue" } },
    { path: "/objections/:id", redirect: (to) => ({ path: "/objections", query: { id: String(to.params.id) } }) },
    // Addresses that messages sent earlier may hold. A record under review may be of any kind: the server knows.
    { path: "/review/:id", component: () => import("./views/ReviewView.vue"), props: true, meta: { title: "menu.queue" } },
    { path: "/account", redirect: "/settings" },
    { path: "/subscriptions/:id", redirect: "/subscriptions" },
    { path: "/registrations/:id", redirect: (to) => `/contracts/${String(to.params.id)}` },
    { path: "/:rest(.*)*", component: () => import("./views/MissingView.vue"), meta: { title: "missing.title" } },
  ],
});

router.afterEach((to) => {
  document.title = `${i18n.global.t(to.meta.title)} · ${i18n.global.t("app.name")}`;
});
