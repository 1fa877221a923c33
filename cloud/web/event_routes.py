"""URLs of fairs, campaigns, publicity, live shows and policies: pages of the console and of the public.

The REST interface of the same is in api_routes.py and public_routes.py.
"""

from typing import Final

from cloud.fairs import booth_pages, campaign_pages, hall_pages, pages, portal, public_pages, show_pages
from cloud.identity.roles import PUBLIC
from cloud.platform.uploads import MAX_BYTES
from cloud.policies import pages as policies
from cloud.policies import public_pages as news
from cloud.web.route import Route, Upload

#: A picture with its form around.
PICTURE_FORM: Final = Upload(MAX_BYTES + 64 * 1024)

FAIR_PAGES: Final = (
    Route("GET", "/fairs", "fair.read", pages.fairs_page),
    Route("POST", "/fairs", "fair.write", pages.save),
    Route("GET", "/fairs/new", "fair.write", pages.new_page),
    Route("GET", "/fairs/{id}", "fair.read", pages.fair_page),
    Route("POST", "/fairs/{id}", "fair.write", pages.save),
    Route("GET", "/fairs/{id}/edit", "fair.write", pages.edit_page),
    Route("POST", "/fairs/{id}/step", "fair.write", pages.step),
    Route("POST", "/fairs/{id}/papers/{paper}", "fair.write", pages.save_paper),
    Route("GET", "/fairs/{id}/booths/new", "fair.write", booth_pages.new_page),
    Route("POST", "/fairs/{id}/booths", "fair.write", booth_pages.give),
    Route("GET", "/fairs/{id}/booths/{booth}", "fair.read", booth_pages.booth_page),
    Route("POST", "/fairs/{id}/booths/{booth}", "fair.write", booth_pages.decide),
    Route("POST", "/fairs/{id}/booths/{booth}/posts", "fair.write", booth_pages.save_posts),
    Route("POST", "/fairs/{id}/booths/{booth}/arrived", "fair.run", booth_pages.arrived),
    Route("POST", "/fairs/{id}/booths/{booth}/results", "fair.run", booth_pages.save_results),
    Route("GET", "/fairs/{id}/desk", "fair.run", hall_pages.desk_page),
    Route("POST", "/fairs/{id}/arrivals", "fair.run", hall_pages.note_arrival),
    Route("GET", "/fairs/{id}/hall", "fair.read", hall_pages.hall_page),
    Route("GET", "/fairs/{id}/qr.svg", "fair.read", hall_pages.qr_file),
    Route("GET", "/fairs/{id}/poster.pdf", "fair.read", hall_pages.poster_file),
    Route("GET", "/fairs/{id}/result.pdf", "fair.read", hall_pages.result_pdf),
    Route("GET", "/fairs/{id}/result.xlsx", "fair.read", hall_pages.result_xlsx),
    Route("GET", "/shows/new", "fair.write", show_pages.new_page),
    Route("POST", "/shows", "fair.write", show_pages.save),
    Route("GET", "/shows/{id}", "fair.read", show_pages.show_page),
    Route("POST", "/shows/{id}", "fair.write", show_pages.save),
    Route("GET", "/shows/{id}/edit", "fair.write", show_pages.edit_page),
    Route("POST", "/shows/{id}/step", "fair.write", show_pages.step),
    Route("POST", "/shows/{id}/result", "fair.write", show_pages.save_result),
    Route("GET", "/shows/{id}/qr.svg", "fair.read", show_pages.qr_file),
    Route("GET", "/campaigns", "fair.read", campaign_pages.campaigns_page),
    Route("POST", "/campaigns", "fair.write", campaign_pages.save_campaign),
    Route("GET", "/campaigns/{id}", "fair.read", campaign_pages.campaign_page),
    Route("GET", "/publicity", "fair.read", campaign_pages.publicity_page),
    Route("POST", "/publicity", "fair.write", campaign_pages.save_publicity),
    Route("POST", "/publicity/{id}/pictures", "fair.write", campaign_pages.save_picture, upload=PICTURE_FORM),
    Route("GET", "/publicity/pictures/{id}", "fair.read", campaign_pages.picture_file),
)

POLICY_PAGES: Final = (
    Route("GET", "/policies", "policy.read", policies.policies_page),
    Route("POST", "/policies", "policy.write", policies.save),
    Route("GET", "/policies/new", "policy.write", policies.new_page),
    Route("GET", "/policies/enquiries", "policy.read", policies.enquiries_page),
    Route("POST", "/policies/enquiries", "policy.write", policies.save_enquiry),
    Route("GET", "/policies/files/{id}", "policy.read", policies.file_page),
    Route("POST", "/policies/{id}/files", "policy.write", policies.save_file, upload=PICTURE_FORM),
    Route("GET", "/policies/{id}", "policy.read", policies.policy_page),
    Route("POST", "/policies/{id}", "policy.write", policies.save),
    Route("GET", "/policies/{id}/edit", "policy.write", policies.edit_page),
    Route("POST", "/policies/{id}/publish", "policy.publish", policies.publish),
    Route("POST", "/policies/{id}/end", "policy.publish", policies.end),
)

PUBLIC_PAGES: Final = (
    Route("GET", "/news", PUBLIC, news.news_page),
    Route("GET", "/news/files/{id}", PUBLIC, news.news_file),
    Route("GET", "/news/{id}", PUBLIC, news.news_one),
    Route("GET", "/events", PUBLIC, public_pages.events_page),
    Route("GET", "/events/fairs/{id}", PUBLIC, public_pages.fair_page),
    Route("GET", "/events/shows/{id}", PUBLIC, public_pages.show_page),
    Route("GET", "/my/fairs/{code}", "me.read", public_pages.check_in_page),
    Route("POST", "/my/fairs/{code}", "me.write", public_pages.check_in),
    Route("GET", "/my/pass", "me.read", public_pages.pass_page),
    Route("GET", "/my/shows/{id}/{post}", "me.read", public_pages.want_page),
    Route("POST", "/my/shows/{id}/{post}", "me.write", public_pages.want),
    Route("GET", "/employer/fairs", "employer.read", portal.fairs_page),
    Route("GET", "/employer/fairs/{id}", "employer.read", portal.fair_page),
    Route("POST", "/employer/fairs/{id}", "employer.fairs", portal.ask),
    Route("POST", "/employer/fairs/{id}/withdraw", "employer.fairs", portal.withdraw),
)

EVENT_ROUTES: Final = (*FAIR_PAGES, *POLICY_PAGES, *PUBLIC_PAGES)
