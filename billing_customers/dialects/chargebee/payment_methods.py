"""How a payment can have been made, as Chargebee's contract names it. A list may be filtered by any of them."""

from __future__ import annotations

_NAMES = """
    cash check bank_transfer other custom tamara qpay blik fpx wero p24 chargeback card amazon_payments
    paypal_express_checkout direct_debit alipay unionpay apple_pay wechat_pay ach_credit sepa_credit ideal google_pay
    sofort bancontact giropay dotpay upi netbanking_emandates boleto venmo pay_to faster_payments sepa_instant_transfer
    automated_bank_transfer klarna_pay_now online_banking_poland payconiq_by_bancontact electronic_payment_standard
    kbc_payment_button pay_by_bank trustly stablecoin kakao_pay naver_pay revolut_pay cash_app_pay pix twint go_pay
    grab_pay pay_co after_pay swish payme generic
"""
PAYMENT_METHODS = tuple(_NAMES.split())
