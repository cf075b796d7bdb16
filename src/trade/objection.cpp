#include "trade/objection.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "indicator/fact.h"
#include "party/account.h"
#include "party/inbox.h"
#include "trade/objection_rows.h"
#include "workflow/place_scope.h"

namespace trade {
namespace {

constexpr std::size_t wish_max = 300, name_max = 80, contact_max = 120;
constexpr std::string_view grounds = "objection_reasons";

std::string context_of(const base::Id<Objection>& id) {
    return "objection:" + id.text() + ":words";
}

/// 20 characters without those that are easily confused, in groups.
std::string new_tracking_code(base::Random& random) {
    static constexpr std::string_view alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    std::string code;
    for (int i = 0; i < 20; ++i) {
        if (i > 0 && i % 5 == 0) code += '-';
        code += alphabet[random.below(alphabet.size())];
    }
    return code;
}

/// Only the hash is kept: whoever reads the database cannot follow other people's objections.
/// Capitals, blanks and dashes do not matter to whoever types the code.
std::string tracking_hash(std::string_view code) {
    std::string plain;
    for (char c : code) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) plain += c;
    }
    return base::to_hex(base::sha256("guiqiao-tracking\n" + plain));
}

/// One person, one objection on a ground: an account, else the name with the way to reach him. A
/// tip has nobody behind it, so the same words count as the same tip.
std::string person_key(const base::Vault& vault, const party::Actor& actor,
                       const ObjectionForm& form, bool is_tip) {
    if (is_tip) return vault.commit("tip\n" + base::fold(form.facts));
    if (actor.signed_in()) return vault.commit("account\n" + actor.account.text());
    return vault.commit("person\n" + base::fold(form.name) + "\n" + base::fold(form.contact));
}

void check_text(std::vector<base::Error>& defects, std::string_view field, std::string_view text,
                std::size_t length_max) {
    if (!base::is_valid_utf8(text) || base::has_control_characters(text)) {
        defects.push_back(base::invalid("field_control_characters").at(field));
    } else if (base::count_characters(base::trim(text)) > length_max) {
        defects.push_back(
            base::invalid("field_too_long").with("max", std::to_string(length_max)).at(field));
    }
}

/// True while the period runs: a clock that stands still has not ended.
bool is_in_time(const Notice& notice, base::Time now) {
    if (notice.state == "objected") return true;
    return notice.state == "published" && notice.ends_at && now < *notice.ends_at;
}

bool by_somebody(std::string_view transition) {
    return transition != "moot" && transition != "take_as_tip";
}

}  // namespace

void Objections::attach(workflow::Cases& cases) {
    cases_ = &cases;
    cases.follow(std::string(process),
                 [this](store::Transaction& transaction, const party::Actor& actor,
                        const workflow::Case& item, const workflow::Event& event) {
                     return follow(transaction, actor, item, event);
                 });
    const auto effect = [](auto work) -> workflow::Effect {
        return [work](store::Transaction& transaction, const party::Actor&,
                      const workflow::Case& item, const workflow::Event& event) -> base::Status {
            const Objection objection =
                TRY(require(transaction, base::Id<Objection>(item.subject)));
            return work(transaction, objection, event);
        };
    };
    cases.effect("objection.admit", effect([this](auto& transaction, auto& objection, auto&) {
                     return notices_->pause(transaction, objection.notice);
                 }));
    cases.effect("objection.close", effect([this](auto& transaction, auto& objection, auto&) {
                     return notices_->complete_if_due(transaction, objection.notice);
                 }));
    cases.effect("objection.decide",
                 effect([this](auto& transaction, auto& objection, auto& event) {
                     return decide(transaction, objection, event.reason);
                 }));
}

base::Status Objections::check_form(const ObjectionForm& form) const {
    if (!form.website.empty()) return base::refuse(base::invalid("form_refused"));
    std::vector<base::Error> defects;
    if (form.ground.empty()) {
        defects.push_back(base::invalid("field_missing").at("ground"));
    } else if (!codes_->has(grounds, form.ground)) {
        defects.push_back(base::invalid("field_not_an_option")
                              .with("value", base::is_valid_utf8(form.ground)
                                                 ? base::shorten(form.ground, 40)
                                                 : std::string())
                              .at("ground"));
    }
    if (!base::is_valid_utf8(form.facts) || base::has_control_characters(form.facts)) {
        defects.push_back(base::invalid("field_control_characters").at("facts"));
    } else {
        const std::size_t length = base::count_characters(base::trim(form.facts));
        if (length < facts_min || length > facts_max) {
            defects.push_back(base::invalid("objection_facts_length")
                                  .with("min", std::to_string(facts_min))
                                  .with("max", std::to_string(facts_max))
                                  .at("facts"));
        }
    }
    check_text(defects, "wish", form.wish, wish_max);
    check_text(defects, "name", form.name, name_max);
    check_text(defects, "contact", form.contact, contact_max);
    if (defects.empty()) return {};
    return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
}

base::Result<Objections::Filed> Objections::file(store::Transaction& transaction,
                                                 const party::Actor& actor,
                                                 const base::Id<Notice>& notice_id,
                                                 const ObjectionForm& form) const {
    const Notice notice = TRY(Notices::require(transaction, notice_id));
    if (!is_in_time(notice, transaction.now()))
        return base::refuse(base::conflict("objection_out_of_time"));
    TRY(check_form(form));
    Objection objection;
    objection.id = transaction.new_id<Objection>();
    objection.notice = notice.id;
    objection.seller = notice.seller;
    objection.place = notice.place;
    objection.ground = form.ground;
    objection.is_tip = base::trim(form.name).empty();
    objection.state = "filed";
    objection.filed_at = transaction.now();
    const std::string person = person_key(*vault_, actor, form, objection.is_tip);
    if (rows::is_taken(transaction, objection, person))
        return base::refuse(base::conflict("already_objected").at("ground"));
    const std::string words =
        base::canonical_json(base::json::object{{"facts", base::trim(form.facts)},
                                                {"wish", base::trim(form.wish)},
                                                {"name", base::trim(form.name)},
                                                {"contact", base::trim(form.contact)}});
    Filed filed{objection, new_tracking_code(transaction.random())};
    rows::insert(
        transaction, objection,
        {base::to_base64(vault_->seal(words, context_of(objection.id), transaction.random())),
         person, tracking_hash(filed.tracking_code)});
    TRY(cases_->open(transaction, party::Actor::visitor(),
                     {.process = std::string(process),
                      .subject = objection.id.text(),
                      .title = notice.title,
                      .standing = objection.standing()}));
    transaction.append(
        {.actor = "visitor",
         .place = objection.place,
         .subject = objection.id.text(),
         .action = "objection.filed",
         .payload = base::canonical_json(base::json::object{{"notice", notice.id.text()},
                                                            {"ground", objection.ground},
                                                            {"tip", objection.is_tip},
                                                            {"words", vault_->commit(words)}})});
    if (objection.is_tip) {
        workflow::Event event;
        event.transition = "take_as_tip";
        TRY(cases_->advance(transaction, party::Actor::system(), process, objection.id.text(),
                            event));
    }
    indicator::record(transaction, {.kind = "price.objection_filed",
                                    .subject = objection.id.text(),
                                    .place = objection.place,
                                    .day = base::date_in_shanghai(transaction.now()),
                                    .is_sample = notice.is_sample});
    TRY(tell_deciders(transaction, objection, notice));
    filed.objection = TRY(require(transaction, objection.id));
    return filed;
}

/// The seller's people and the officers of the place and those around it.
base::Status Objections::tell_deciders(store::Transaction& transaction, const Objection& objection,
                                       const Notice& notice) const {
    const std::string_view text =
        objection.is_tip ? "notify.objection_tip" : "notify.objection_filed";
    const std::string link = "/desk/objections/" + objection.id.text();
    const std::string key = "objection:" + objection.id.text() + ":filed";
    TRY(contract::tell_organisation(transaction, notice.seller, text, {{"title", notice.title}},
                                    link, key));
    for (const party::Account& officer :
         party::Accounts::holders_of(transaction, "officer", objection.place, transaction.now())) {
        party::Notice message;
        message.account = officer.id;
        message.text_key = text;
        message.parameters = {{"title", notice.title}};
        message.link = link;
        TRY(party::Inbox::deliver(transaction, message, key));
    }
    return {};
}

base::Result<Objection> Objections::advance(store::Transaction& transaction,
                                            const party::Actor& actor,
                                            const base::Id<Objection>& id,
                                            const workflow::Event& event,
                                            std::int64_t expected_version) const {
    TRY(require(transaction, id));
    TRY(cases_->advance(transaction, actor, process, id.text(), event, expected_version));
    return require(transaction, id);
}

/// Runs on every step, whoever takes it and by whatever way: so the rule about the deal team cannot
/// be walked around.
base::Status Objections::follow(store::Transaction& transaction, const party::Actor& actor,
                                const workflow::Case& item, const workflow::Event& event) const {
    Objection objection = TRY(require(transaction, base::Id<Objection>(item.subject)));
    if (by_somebody(event.transition)) {
        const Notice notice = TRY(Notices::require(transaction, objection.notice));
        const auto team = Notices::deal_team(transaction, notice);
        if (std::ranges::find(team, actor.account.text()) != team.end())
            return base::refuse(base::forbidden("decider_in_deal_team"));
        if (has_personal_data(event.text))
            return base::refuse(base::invalid("personal_data_in_notice").at("text"));
    }
    objection.state = item.current.state;
    objection.version = item.version;
    rows::update(transaction, objection);
    return {};
}

base::Status Objections::decide(store::Transaction& transaction, const Objection& objection,
                                std::string_view decision) const {
    if (decision == "founded") return notices_->uphold(transaction, objection.notice);
    if (decision == "corrected") return notices_->correct(transaction, objection.notice);
    // Not founded, taken back or not admissible after all: the clock goes on once all are decided.
    for (const Objection& other : of_notice(transaction, objection.notice)) {
        if (other.state == "admitted" || other.state == "extended") return {};
    }
    return notices_->resume(transaction, objection.notice);
}

bool Objections::may_decide(const party::Actor& actor, const Objection& objection) const {
    const workflow::Process* rule = cases_->process(process);
    CHECK(rule != nullptr);
    return party::allows(rule->transition("decide")->who, actor, objection.standing());
}

base::Result<ObjectionWords> Objections::unseal(store::Reader& reader,
                                                const Objection& objection) const {
    const std::string sealed = TRY(base::from_base64(rows::sealed_of(reader, objection.id)));
    const std::string plain = TRY(vault_->open(sealed, context_of(objection.id)));
    const auto words = base::parse_json(plain);
    CHECK(words && words->is_object());
    const base::json::object& fields = words->get_object();
    return ObjectionWords{base::text_at(fields, "facts"), base::text_at(fields, "wish"),
                          base::text_at(fields, "name"), base::text_at(fields, "contact")};
}

base::Result<ObjectionWords> Objections::open_words(store::Transaction& transaction,
                                                    const party::Actor& actor,
                                                    const base::Id<Objection>& id) const {
    const Objection objection = TRY(require(transaction, id));
    if (!may_decide(actor, objection)) return base::refuse(base::not_found("objection_unknown"));
    const Notice notice = TRY(Notices::require(transaction, objection.notice));
    const auto team = Notices::deal_team(transaction, notice);
    if (std::ranges::find(team, actor.account.text()) != team.end())
        return base::refuse(base::forbidden("decider_in_deal_team"));
    transaction.append({.actor = actor.log_name(),
                        .place = objection.place,
                        .subject = objection.id.text(),
                        .action = "objection.words_read",
                        .payload = "{}"});
    return unseal(transaction, objection);
}

base::Result<ObjectionWords> Objections::public_words(store::Reader& reader,
                                                      const Objection& objection) const {
    ObjectionWords words = TRY(unseal(reader, objection));
    words.name.clear();
    words.contact.clear();
    return words;
}

base::Result<Objection> Objections::find_by_code(store::Reader& reader,
                                                 std::string_view tracking_code) {
    auto objection = rows::find_by_tracking(reader, tracking_hash(tracking_code));
    if (!objection) return base::refuse(base::not_found("tracking_code_unknown"));
    return std::move(*objection);
}

std::vector<Objections::Course> Objections::course(store::Reader& reader,
                                                   const Objection& objection) const {
    std::vector<Course> result{{objection.filed_at, "file", "", ""}};
    for (const workflow::Decision& step : cases_->decisions(reader, process, objection.id.text())) {
        result.push_back({step.at, step.transition, step.reason, step.text});
    }
    return result;
}

}  // namespace trade
